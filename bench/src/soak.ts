import { setTimeout as sleep } from 'node:timers/promises';
import { FleetProcess, unwantedEnds, verifyUplink, type FleetReport, type Verdict } from '../load/index.ts';
import { rssBytes } from './measure/process-stats.ts';
import { startRedis } from './measure/redis-server.ts';
import { shared, startServer } from './measure/servers.ts';
import {
  markdownTable,
  median,
  serverName,
  short,
  type ProgramOptions,
  type ProgramResult,
} from './program.ts';

export interface SoakResult {
  report: FleetReport;
  verdict: Verdict;
  /** All messages were acknowledged within 10 s after the last was sent. */
  settled: boolean;
  /** The server's resident memory each second. */
  rssMegabytes: number[];
  /** Growth of memory in % over the run after its first third: median of the last fifth against that of the second. */
  growthPercent: number;
  seconds: number;
}

/** Memory counts as flat below this: the heap breathes by a few per cent between collections. */
const flatPercent = 10;

/** Many devices at a steady rate, then everything acknowledged is looked for in the streams. */
export async function measureSoak(options: ProgramOptions): Promise<SoakResult> {
  const devices = options.devices ?? 5000;
  const seconds = Math.round(options.seconds ?? 60);
  const redis = await startRedis();
  const load = new FleetProcess();
  let server: Awaited<ReturnType<typeof startServer>> | undefined;
  try {
    server = await startServer(serverName(options.server), redis);
    const fleet = await load.fleet({
      endpoint: { host: '127.0.0.1', port: server.ports['mqtt']!, transport: 'tcp' },
      protocol: 'mqtt3.1.1',
      devices,
      qos: 1,
      maxSeconds: seconds + 120,
    });
    await fleet.connect({ timeoutMs: 60_000 });
    await fleet.start({ kind: 'rate', perSecond: (options.rate ?? 5000) / devices });
    const rssMegabytes: number[] = [];
    for (let second = 1; second <= seconds; second++) {
      await sleep(1000);
      rssMegabytes.push(rssBytes(server.pid) / 2 ** 20);
      if (second % 10 === 0) options.say?.(`${second} s: ${short(rssMegabytes.at(-1)!)} MB`);
    }
    const settled = await fleet.settle();
    const report = await fleet.report();
    const ledger = await fleet.ledger();
    await fleet.end();
    const verdict = await verifyUplink(ledger, { redisUrl: redis.url, ...shared });
    return { report, verdict, settled, rssMegabytes, growthPercent: growth(rssMegabytes), seconds };
  } finally {
    await load.stop();
    await server?.stop();
    await redis.stop();
  }
}

// Of a run of 60 s: the median of seconds 49–60 against that of 21–32.
function growth(rss: number[]): number {
  const fifth = Math.max(1, Math.floor(rss.length / 5));
  const third = Math.floor(rss.length / 3);
  return (median(rss.slice(-fifth)) / median(rss.slice(third, third + fifth)) - 1) * 100;
}

/** Every promise of a soak, with what was found. */
export function soakBounds(result: SoakResult): { bound: string; found: string; isKept: boolean }[] {
  const { report, verdict, growthPercent } = result;
  const ends = unwantedEnds(report);
  return [
    { bound: 'every message acknowledged', found: `${report.unacked} open`, isKept: result.settled },
    { bound: 'none lost', found: `${verdict.missing} missing of ${verdict.acked}`, isKept: verdict.missing === 0 },
    { bound: 'order kept', found: `${verdict.reordered} out of order`, isKept: verdict.reordered === 0 },
    { bound: 'none disconnected', found: `${ends} ended`, isKept: ends === 0 },
    { bound: 'the whole rate offered', found: `${report.skipped + report.blocked} not sent`, isKept: report.skipped + report.blocked === 0 },
    { bound: `memory flat (< ${flatPercent} %)`, found: `${growthPercent.toFixed(1)} %`, isKept: growthPercent < flatPercent },
  ]; // prettier-ignore
}

export async function soak(options: ProgramOptions): Promise<ProgramResult> {
  const result = await measureSoak(options);
  const bounds = soakBounds(result);
  const { report, rssMegabytes } = result;
  const table = markdownTable(
    ['', 'found', 'kept'],
    bounds.map(({ bound, found, isKept }) => [bound, found, isKept ? 'yes' : 'NO']),
  );
  const facts = [
    `${report.devices} devices, ${short(Math.round(report.acked / result.seconds))} messages/s for ${result.seconds} s`,
    `PUBACK p50 ${short(report.latency.p50Ms)} ms, p99 ${short(report.latency.p99Ms)} ms, max ${short(report.latency.maxMs)} ms`,
    `memory ${short(Math.min(...rssMegabytes))}–${short(Math.max(...rssMegabytes))} MB`,
    ...result.verdict.examples,
  ];
  return {
    markdown: `${table}\n\n${facts.join('\n')}`,
    data: result,
    isGood: bounds.every(({ isKept }) => isKept),
  };
}
