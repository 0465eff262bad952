/** A stretch of time all charts of a page share: the last so many ms, or from one moment to another (Unix ms). */
export type TimeRange = { kind: 'last'; rangeMs: number } | { kind: 'fixed'; from: number; to: number };

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** What can be chosen with one click. The names are those of the URL: `range=-6h`. */
export const presets = [
  { name: '-15m', title: '15 min', rangeMs: 15 * minuteMs },
  { name: '-1h', title: '1 hour', rangeMs: hourMs },
  { name: '-6h', title: '6 hours', rangeMs: 6 * hourMs },
  { name: '-24h', title: '24 hours', rangeMs: dayMs },
  { name: '-7d', title: '7 days', rangeMs: 7 * dayMs },
  { name: '-30d', title: '30 days', rangeMs: 30 * dayMs },
] as const;

export const defaultRange: TimeRange = { kind: 'last', rangeMs: hourMs };
export const minRangeMs = minuteMs;
export const maxRangeMs = 30 * dayMs;

const unitMs: Record<string, number> = { s: 1000, m: minuteMs, h: hourMs, d: dayMs };

/** Reads `range=-6h`, or `from` and `to` as ISO 8601 or Unix ms. What it cannot read is the last hour. */
export function readRange(params: URLSearchParams): TimeRange {
  const [from, to] = [momentOf(params.get('from')), momentOf(params.get('to'))];
  if (from !== undefined && to !== undefined && to - from >= minRangeMs) return { kind: 'fixed', from, to };
  const match = /^-(\d{1,5})([smhd])$/.exec(params.get('range') ?? '');
  const rangeMs = Number(match?.[1]) * (unitMs[match?.[2] ?? ''] ?? Number.NaN);
  if (!(rangeMs >= minRangeMs && rangeMs <= maxRangeMs)) return defaultRange;
  return { kind: 'last', rangeMs };
}

/** The same for the URL; the default needs no word. */
export function writeRange(range: TimeRange): { range?: string; from?: string; to?: string } {
  if (range.kind === 'fixed') return { from: isoOf(range.from), to: isoOf(range.to) };
  return range.rangeMs === hourMs ? {} : { range: nameOf(range.rangeMs) };
}

/** Both ends as they are at this moment, Unix ms. */
export const endsOf = (range: TimeRange, now: number): { from: number; to: number } =>
  range.kind === 'fixed' ? { from: range.from, to: range.to } : { from: now - range.rangeMs, to: now };

/** For `GET …/history`. */
export function rangeQuery(range: TimeRange): string {
  return range.kind === 'fixed' ? `from=${range.from}&to=${range.to}` : `rangeMs=${range.rangeMs}`;
}

/** The next shorter (-1) or longer (1) preset. */
export function stepRange(range: TimeRange, step: -1 | 1): TimeRange {
  const length = range.kind === 'fixed' ? range.to - range.from : range.rangeMs;
  const others = presets.map(({ rangeMs }) => rangeMs).filter((ms) => (step > 0 ? ms > length : ms < length));
  const next = step > 0 ? others[0] : others.at(-1);
  return next === undefined ? range : { kind: 'last', rangeMs: next };
}

/** A fixed stretch of at least a minute, both ends on whole seconds. */
export function fixedRange(one: number, other: number): TimeRange {
  const [from, to] = one < other ? [one, other] : [other, one];
  const whole = (at: number): number => Math.round(at / 1000) * 1000;
  return { kind: 'fixed', from: whole(from), to: Math.max(whole(to), whole(from) + minRangeMs) };
}

function nameOf(rangeMs: number): string {
  const unit = (['d', 'h', 'm'] as const).find((each) => rangeMs % (unitMs[each] ?? 1) === 0) ?? 's';
  return unit === 'd' && rangeMs === dayMs ? '-24h' : `-${rangeMs / (unitMs[unit] ?? 1)}${unit}`;
}

function momentOf(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  const at = /^\d{10,16}$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isFinite(at) && at > 0 ? at : undefined;
}

const isoOf = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z');
