import { emptyQualityBins, type QualityBins, scoreBinOf } from '@tributary/backplane';
import { serviceClasses } from '@tributary/protocol';
import type { Tally } from '../../quality/tally.ts';

/** The links of this node now, as other processes are told; `sessions`: connections that ended, by length. */
export function binsOf(tally: Tally, sessions: readonly number[]): QualityBins {
  const bins = emptyQualityBins();
  for (const name of serviceClasses) {
    const { scores, unknown, lost } = tally.classes[name];
    const into = bins.classes[name];
    for (const [score, count] of scores.entries()) into.bins[scoreBinOf(score)]! += count;
    into.unknown = unknown;
    into.lost = [...lost];
  }
  bins.rtt = { p50: tally.rttQuantile(0.5), p95: tally.rttQuantile(0.95), devices: tally.rttCount };
  bins.sessions = [...sessions];
  return bins;
}
