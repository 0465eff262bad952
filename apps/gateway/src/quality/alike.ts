import { causes, type LinkFigures, type Score, settledSamples } from '@tributary/protocol';

/** Differences below these are no change: they cost less than half a point. */
const sameMs = 0.5;
const sameRatio = 0.0005;

/** Whether two windows say the same of a link. */
export function isAlike(one: LinkFigures, other: LinkFigures): boolean {
  return (
    isNear(one.rttMs, other.rttMs, sameMs) &&
    isNear(one.jitterMs, other.jitterMs, sameMs) &&
    isNear(one.lossRatio, other.lossRatio, sameRatio) &&
    one.flaps === other.flaps &&
    one.errors === other.errors &&
    one.stalledRatio === other.stalledRatio &&
    one.lateRatio === other.lateRatio &&
    one.sources.rtt === other.sources.rtt &&
    Math.min(one.samples, settledSamples) === Math.min(other.samples, settledSamples)
  );
}

/**
 * The figures of a new window in the place of those before: where both know the same, the object stays and only its numbers
 * change. Replaced in each window, ten thousand of them would be most of what the garbage collector has to do.
 */
export function refreshed(kept: LinkFigures, fresh: LinkFigures): LinkFigures {
  if (!knowsTheSame(kept, fresh)) return fresh;
  const { sources } = kept;
  return Object.assign(kept, fresh, { sources });
}

function knowsTheSame(one: LinkFigures, other: LinkFigures): boolean {
  return (
    (one.rttMs === undefined) === (other.rttMs === undefined) &&
    (one.jitterMs === undefined) === (other.jitterMs === undefined) &&
    (one.lossRatio === undefined) === (other.lossRatio === undefined) &&
    one.sources.rtt === other.sources.rtt &&
    one.sources.jitter === other.sources.jitter &&
    one.sources.loss === other.sources.loss
  );
}

/** Whether two scores say the same, point by point. */
export function isSameScore(one: Score, other: Score): boolean {
  if (one.score !== other.score || one.confidence !== other.confidence) return false;
  for (const cause of causes) if (one.penalties[cause] !== other.penalties[cause]) return false;
  return true;
}

function isNear(one: number | undefined, other: number | undefined, difference: number): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Math.abs(one - other) < difference;
}
