import type { ClassBins, QualityBins } from '@tributary/backplane';
import {
  bandOf,
  causes,
  type BandCounts,
  type Penalties,
  serviceClasses,
} from '@tributary/protocol/admin-api';

const pointsPerBin = 5;

/** All classes of some bins as one, or one of them alone; a class nobody has is empty. */
export function classBinsOf(quality: QualityBins, only?: string): ClassBins {
  const names = serviceClasses.filter((name) => only === undefined || name === only);
  const sum: ClassBins = { bins: Array.from({ length: 21 }, () => 0), unknown: 0, lost: causes.map(() => 0) };
  for (const name of names) {
    const { bins, unknown, lost } = quality.classes[name];
    for (const [i, count] of bins.entries()) sum.bins[i]! += count;
    for (const [i, points] of lost.entries()) sum.lost[i]! += points;
    sum.unknown += unknown;
  }
  return sum;
}

/** Devices in each band, the unscored ones too. */
export function bandsOf({ bins, unknown }: ClassBins): BandCounts {
  const counts: BandCounts = { excellent: 0, good: 0, fair: 0, poor: 0, bad: 0, unknown };
  for (const [i, count] of bins.entries()) counts[bandOf(i * pointsPerBin)] += count;
  return counts;
}

/** Devices that have a score. */
export const scoredIn = ({ bins }: ClassBins): number => bins.reduce((sum, count) => sum + count, 0);

/** Points lost by cause, mean per scored device; null without any. */
export function meanLost(quality: ClassBins): Penalties | null {
  const scored = scoredIn(quality);
  if (scored === 0) return null;
  const mean = (i: number): number => (quality.lost[i] ?? 0) / scored;
  return { rtt: mean(0), jitter: mean(1), loss: mean(2), flaps: mean(3), errors: mean(4), stalls: mean(5) };
}

/** Share of the scored devices at 75 or more, 0 to 1; null without any. */
export function goodShareOf(quality: ClassBins): number | null {
  const scored = scoredIn(quality);
  const { excellent, good } = bandsOf(quality);
  return scored === 0 ? null : (excellent + good) / scored;
}
