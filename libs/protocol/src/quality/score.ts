import { faultOf, type LinkFigures } from './figures.ts';
import type { Allowance, Requirement } from './requirements.ts';
import { sumOf, wholePoints } from './whole-points.ts';
import { type Cause, causes, type Confidence, type Penalties } from './vocabulary.ts';

/** Fewer observations than this say nothing about a link. */
export const minSamples = 3;
/** From here on the smoothed round trip has forgotten where it began (RFC 6298: gains of 1/8 and 1/4). */
export const settledSamples = 8;

/**
 * `score` and the sum of `penalties` are 100 exactly, all whole points. An undefined score is unknown: then all
 * penalties are 0, there are no reasons and the confidence is `none`.
 */
export interface Score {
  score: number | undefined;
  penalties: Penalties;
  confidence: Confidence;
  /** The causes that took points, largest first; equal ones in the order of `causes`. */
  reasons: Cause[];
}

const noPenalties: Penalties = Object.freeze({ rtt: 0, jitter: 0, loss: 0, flaps: 0, errors: 0, stalls: 0 });

/** 100 less what each cause costs under the requirement. Pure; impossible figures give an unknown score. */
export function scoreOf(figures: LinkFigures, requirement: Requirement): Score {
  if (faultOf(figures) !== undefined) return unknown();
  const penalties = wholePoints(rawPenalties(figures, requirement));
  const lost = sumOf(penalties);
  const confidence = confidenceOf(figures, lost);
  if (confidence === 'none') return unknown();
  return { score: 100 - lost, penalties, confidence, reasons: reasonsOf(penalties) };
}

const unknown = (): Score => ({ score: undefined, penalties: noPenalties, confidence: 'none', reasons: [] });

/** A round trip of too few samples counts as not measured. */
const isMeasured = ({ rttMs, samples }: LinkFigures): boolean => rttMs !== undefined && samples >= minSamples;

function rawPenalties(figures: LinkFigures, requirement: Requirement): Penalties {
  const { isSleepy, lossRatio = 0, jitterMs = 0, rttMs = 0, flaps, errors } = figures;
  const measured = isMeasured(figures);
  return {
    rtt: measured ? costOf(rttMs, requirement.rtt) : 0,
    jitter: measured ? costOf(jitterMs, requirement.jitter) : 0,
    loss: costOf(lossRatio, requirement.loss),
    flaps: isSleepy ? 0 : costOf(flaps, requirement.flaps),
    errors: costOf(errors, requirement.errors),
    stalls: isSleepy ? 0 : costOf(stallOf(figures), requirement.stalls),
  };
}

/** One figure for "it does not take what we send, or does not speak when it promised to": the worse of the two. */
const stallOf = ({ stalledRatio, lateRatio }: LinkFigures): number => Math.max(stalledRatio, lateRatio);

/** Points for one figure: 0 up to `free`, `points` from `full` on, a straight line in between. */
function costOf(figure: number, { free, full, points }: Allowance): number {
  if (figure <= free) return 0;
  return figure >= full ? points : (points * (figure - free)) / (full - free);
}

/** Trouble that was seen counts at once, but health has to be measured: silence alone is no evidence of it. */
function confidenceOf(figures: LinkFigures, lost: number): Confidence {
  if (!isMeasured(figures)) return figures.samples >= minSamples || lost > 0 ? 'low' : 'none';
  if (figures.samples < settledSamples) return 'low';
  const isWhole = figures.jitterMs !== undefined && figures.lossRatio !== undefined;
  return isWhole ? 'high' : 'medium';
}

function reasonsOf(penalties: Penalties): Cause[] {
  const reasons: Cause[] = [];
  for (const cause of causes) if (penalties[cause] > 0) reasons.push(cause);
  return reasons.length < 2 ? reasons : reasons.sort((one, other) => penalties[other] - penalties[one]);
}
