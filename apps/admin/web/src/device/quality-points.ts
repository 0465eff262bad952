import type { QualityPoint, TimelineEntry } from '@tributary/protocol/admin-api';
import type { LineMark } from '../charts/line-model.ts';

/** A point this long after the one before does not go on from it: what was between nobody knows. */
const gapMs = 150 * 60_000;

/**
 * History, then what the live feed has that is newer; a hole where too long nothing was told, and where the device was away.
 * @param ends moments at which a connection ended, Unix ms
 */
export function joinPoints(
  history: readonly QualityPoint[],
  live: readonly QualityPoint[],
  from: number,
  ends: readonly number[] = [],
): QualityPoint[] {
  const last = history.at(-1)?.at ?? 0;
  const joined: QualityPoint[] = [];
  for (const point of [...history, ...live.filter(({ at }) => at > last)]) {
    const before = joined.at(-1);
    if (point.at < from) continue;
    const wasAway = before !== undefined && ends.some((at) => at > before.at && at < point.at);
    if (before !== undefined && (wasAway || point.at - before.at > gapMs)) joined.push(holeAt(before.at + 1));
    joined.push(point);
  }
  return joined;
}

const holeAt = (at: number): QualityPoint => ({
  at,
  score: null,
  penalties: null,
  rttMs: null,
  jitterMs: null,
  lossRatio: null,
});

const markTokens: Readonly<Record<string, string>> = {
  device: '--text-faint',
  network: '--state-unknown',
  gateway: '--state-trouble',
  operator: '--accent',
};

const noMarks: ReadonlySet<TimelineEntry['kind']> = new Set(['quality', 'class', 'will']);

/** Connects, closes and what operators did as lines in the charts, coloured by who caused them. */
export function marksOf(entries: readonly TimelineEntry[]): LineMark[] {
  const seen = new Set<string>();
  const marks: LineMark[] = [];
  for (const { id, kind, at, text, by } of entries) {
    if (noMarks.has(kind) || seen.has(id)) continue;
    seen.add(id);
    const token = kind === 'connected' ? undefined : markTokens[by];
    marks.push({ at, text, ...(token !== undefined && { token }) });
  }
  return marks;
}

/** `0.4 %` */
export const formatLoss = (ratio: number): string =>
  `${(ratio * 100).toFixed(ratio > 0 && ratio < 0.0995 ? 1 : 0)} %`;
