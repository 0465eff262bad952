import { rollUpSteps, type RollUpStep } from '@tributary/backplane';
import { HttpProblem } from '../http/problem.ts';

/** What history is kept in, finest first. */
const rollUps = (['15s', '1m', '10m'] as const).map((source) => ({ source, ...rollUpSteps[source] }));

/** A stretch of history as it is read and drawn. Times are Unix ms; `from` and `to` are multiples of the slot. */
export interface Span {
  source: RollUpStep;
  slotMs: number;
  from: number;
  /** Exclusive. */
  to: number;
  /** Width of a column, a multiple of the slot. */
  stepMs: number;
}

/** A stretch of time as it is asked for. */
export interface RangeRequest {
  /** Both or none; without them the last `rangeMs`. */
  from?: number | undefined;
  to?: number | undefined;
  rangeMs: number;
}

export interface SpanRequest extends RangeRequest {
  columns: number;
}

/** A slot is written when it has ended; this long after it, every node that lives has. */
const writtenWithinMs = 3000;
/** Entries one answer may read before a coarser roll-up is taken: about 15 MB of JSON, read in a quarter of a second. */
const wantedEntries = 20_000;
const longestMs = 31 * 86_400_000;

/**
 * Which roll-up answers, and in what columns: the coarsest that still fills them, kept long enough, and coarser yet
 * where that many nodes would make it too much to read.
 * @param nodes how many nodes write, about
 * @throws HttpProblem 400 `bad-range`
 */
export function spanOf(request: SpanRequest, nodes: number, now: number): Span {
  const { from, to } = limitsOf(request, now);
  const { source, stepMs: slotMs } = rollUpFor(to - from, from, request.columns, nodes, now);
  const end = Math.min(Math.ceil(to / slotMs), Math.floor((now - writtenWithinMs) / slotMs)) * slotMs;
  const stepMs = Math.ceil((to - from) / request.columns / slotMs) * slotMs;
  const begin = Math.floor((request.from === undefined ? end - (to - from) : from) / stepMs) * stepMs;
  const columns = Math.ceil((end - begin) / stepMs);
  return {
    source,
    slotMs,
    from: columns > request.columns ? begin + stepMs : begin,
    to: Math.max(end, begin),
    stepMs,
  };
}

/**
 * Both ends of what is asked for, Unix ms; nothing after now.
 * @throws HttpProblem 400 `bad-range`
 */
export function limitsOf({ from, to, rangeMs }: RangeRequest, now: number): { from: number; to: number } {
  if (from === undefined && to === undefined) return { from: now - rangeMs, to: now };
  if (from === undefined || to === undefined)
    throw new HttpProblem(400, 'bad-range', 'give from and to, or neither of them');
  if (from >= to) throw new HttpProblem(400, 'bad-range', 'from must be before to');
  if (to - from > longestMs) throw new HttpProblem(400, 'bad-range', 'history is kept for 30 days');
  return { from, to: Math.min(to, Math.max(now, from + 1)) };
}

function rollUpFor(
  rangeMs: number,
  from: number,
  columns: number,
  nodes: number,
  now: number,
): (typeof rollUps)[number] {
  const last = rollUps.at(-1)!;
  const kept = rollUps.filter((rollUp) => now - from <= rollUp.keptMs || rollUp === last);
  const filling = kept.filter((rollUp) => rollUp.stepMs <= rangeMs / columns);
  const fit = kept.slice(Math.max(0, kept.indexOf(filling.at(-1) ?? kept[0]!)));
  return fit.find((rollUp) => (rangeMs / rollUp.stepMs) * nodes <= wantedEntries) ?? last;
}
