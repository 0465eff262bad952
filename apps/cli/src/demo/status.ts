import { unwantedEnds, type FleetReport } from '@tributary/bench/load';

/** A demo at one moment. */
export interface DemoTotals {
  devices: number;
  open: number;
  sent: number;
  acked: number;
  reconnects: number;
  /** Why connections ended that the demo did not end itself, most frequent first. */
  ends: [reason: string, count: number][];
  worstP99Ms: number;
}

export function totals(reports: FleetReport[]): DemoTotals {
  const sum = (of: (report: FleetReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  const ends = new Map<string, number>();
  for (const { closed } of reports) {
    for (const [reason, count] of Object.entries(closed)) {
      if (reason !== 'own') ends.set(reason, (ends.get(reason) ?? 0) + count);
    }
  }
  const devices = sum((report) => report.devices);
  return {
    devices,
    open: sum((report) => report.open),
    sent: sum((report) => report.sent),
    acked: sum((report) => report.acked),
    reconnects: Math.max(0, sum((report) => report.greeted) - devices),
    ends: unwanted(reports) === 0 ? [] : [...ends].sort((a, b) => b[1] - a[1]),
    worstP99Ms: Math.max(...reports.map((report) => report.latency.p99Ms)),
  };
}

const unwanted = (reports: FleetReport[]): number =>
  reports.reduce((n, report) => n + unwantedEnds(report), 0);

const thousands = new Intl.NumberFormat('en-US');

/** The live line: who is there, what flows, what broke. */
export function statusLine(now: DemoTotals, before: DemoTotals, seconds: number): string {
  const parts = [
    `${thousands.format(now.open)} of ${thousands.format(now.devices)} devices connected`,
    `${thousands.format(Math.round((now.sent - before.sent) / seconds))} messages/s`,
    `${thousands.format(now.sent)} sent, ${thousands.format(now.acked)} acknowledged`,
  ];
  if (now.reconnects > 0) parts.push(`${thousands.format(now.reconnects)} came back`);
  const [first] = now.ends;
  if (first !== undefined) parts.push(`ended: ${first[0]} (${thousands.format(first[1])})`);
  return parts.join(' · ');
}
