import { type LinkFigures, settledSamples } from '@tributary/protocol';

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

function isNear(one: number | undefined, other: number | undefined, difference: number): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Math.abs(one - other) < difference;
}
