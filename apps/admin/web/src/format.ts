const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const oneDigit = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const time = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const dayAndYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** `12,345` */
export const formatCount = (count: number): string => whole.format(count);

/** A rate per second: `0`, `0.02`, `4.9`, `1,204`. Never a false 0 for something that is not. */
export function formatRate(perSecond: number): string {
  if (perSecond >= 100 || perSecond === 0) return whole.format(perSecond);
  if (perSecond >= 0.995) return oneDigit.format(perSecond);
  return perSecond >= 0.005 ? perSecond.toFixed(2) : '<0.01';
}

/** An age: `3 s`, `4 min`, `5 h`, `12 d`. Below a second it is `now`; a negative one (a node's clock is ahead) as well. */
export function formatSpan(ms: number): string {
  if (ms < 1000) return 'now';
  if (ms < minuteMs) return `${Math.floor(ms / 1000)} s`;
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)} min`;
  if (ms < 2 * dayMs) return `${Math.floor(ms / hourMs)} h`;
  return `${Math.floor(ms / dayMs)} d`;
}

/** How long something lasts or lasted: `under a second`, `3 s`. */
export const formatLength = (ms: number): string => (ms < 1000 ? 'under a second' : formatSpan(ms));

/** How long ago something was: `just now`, `3 s ago`. */
export const formatAgo = (ms: number): string => (ms < 1000 ? 'just now' : `${formatSpan(ms)} ago`);

/** Local time of day, with the day when it is not today's. */
export function formatMoment(at: number, now: number): string {
  const then = new Date(at);
  if (then.toDateString() === new Date(now).toDateString()) return time.format(then);
  return then.getFullYear() === new Date(now).getFullYear()
    ? `${day.format(then)}, ${time.format(then).slice(0, 5)}`
    : dayAndYear.format(then);
}

/** For tooltips: the exact moment, no zone to guess. */
export const formatExact = (at: number): string => new Date(at).toISOString();

/** `512 B`, `1.5 kB`, `86 MB` */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${whole.format(bytes)} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 100 ? whole.format(value) : oneDigit.format(value)} ${units[unit]!}`;
}

/** A share of 1 as `0 %`, `0.4 %`, `12 %`; never a false 0 or 100. */
export function formatShare(share: number): string {
  const percent = 100 * share;
  if (percent > 0 && percent < 0.05) return '<0.1 %';
  if (percent > 99.95 && percent < 100) return '>99.9 %';
  return `${percent < 10 && percent > 0 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** `0 ms`, `<0.1 ms`, `0.4 ms`, `12 ms` */
export function formatMs(ms: number): string {
  if (ms > 0 && ms < 0.05) return '<0.1 ms';
  return `${ms >= 10 || ms === 0 ? whole.format(ms) : oneDigit.format(ms)} ms`;
}

const protocolNames: Record<string, string> = {
  'mqtt3.1.1': 'MQTT 3.1.1',
  'mqtt5': 'MQTT 5',
  'tributary.v1': 'WebSocket',
};

/** `MQTT 5`; what this version does not know is shown as it is. */
export const formatProtocol = (protocol: string): string => protocolNames[protocol] ?? protocol;
