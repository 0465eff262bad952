const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const steps = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12].map((n) => n * hour),
  ...[1, 2, 5, 7, 10].map((n) => n * day),
];

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const date = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

export interface Tick {
  /** Unix ms. */
  at: number;
  label: string;
}

/** Round moments of local time between two others, at most `most`; midnights are told as dates. */
export function timeTicks(from: number, to: number, most = 6): Tick[] {
  const step = steps.find((each) => (to - from) / each < most) ?? 30 * day;
  const ticks: Tick[] = [];
  for (let at = firstTick(from, step); at <= to && ticks.length <= most; at += step) {
    ticks.push({ at, label: labelOf(at, step) });
  }
  return ticks;
}

function firstTick(from: number, step: number): number {
  const offset = new Date(from).getTimezoneOffset() * minute;
  return Math.ceil((from - offset) / step) * step + offset;
}

function labelOf(at: number, step: number): string {
  const then = new Date(at);
  const isMidnight = then.getHours() === 0 && then.getMinutes() === 0;
  return step >= day || isMidnight ? date.format(then) : clock.format(then);
}
