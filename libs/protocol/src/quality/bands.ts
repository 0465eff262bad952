import type { Band } from './vocabulary.ts';

/** Windows in a row that must agree before a device changes its band. */
export const bandWindows = 3;
/** Points above its edge that a better band asks of a device that comes from below. */
export const bandMargin = 5;

/** Lowest score of each band, best first. */
export const bandEdges = [
  ['excellent', 90],
  ['good', 75],
  ['fair', 50],
  ['poor', 25],
  ['bad', 0],
] as const satisfies readonly (readonly [Band, number])[];

/** The band a score lies in, without regard to where the device was before. */
export function bandOf(score: number | undefined): Band {
  if (score === undefined || !(score >= 0)) return 'unknown';
  return bandEdges.find(([, edge]) => score >= edge)?.[0] ?? 'unknown';
}

/** The band a device is in, the one it is on its way to, and for how many windows in a row it has been. */
export interface BandState {
  readonly band: Band;
  readonly candidate: Band;
  readonly windows: number;
  /** Scores of the windows before, oldest first: as many as a change still needs. */
  readonly recent: readonly (number | undefined)[];
}

export const initialBand: BandState = Object.freeze({
  band: 'unknown',
  candidate: 'unknown',
  windows: 0,
  recent: [],
});

/**
 * The state after one more window. A band is entered after three windows in a row beyond its edge: below it on the way
 * down, more than 5 points above it on the way up. When they go differently far, the nearest band is the one all three
 * agree on. Out of `unknown` the first score is taken at once: there is nothing to contradict. A window that changes
 * nothing answers the same state.
 */
export function nextBand(state: BandState, score: number | undefined): BandState {
  const { band, recent } = state;
  const plain = bandOf(score);
  if (plain === band && isSteadyAt(state, score)) return state;
  const kept = [...recent.slice(2 - bandWindows), score];
  if (plain === band || band === 'unknown') return settledIn(plain, kept);
  const scores = [...recent, score];
  const { candidate, windows } = wayOf(band, scores);
  return windows < bandWindows ? { band, candidate, windows, recent: kept } : settledIn(candidate, kept);
}

const isSteadyAt = ({ windows, recent }: BandState, score: number | undefined): boolean =>
  windows === 0 && recent.length === bandWindows - 1 && recent.every((before) => before === score);

const settledIn = (band: Band, recent: BandState['recent']): BandState => ({
  band,
  candidate: band,
  windows: 0,
  recent,
});

/** How many of the latest windows lead out of a band in one direction, and to which band at least. */
function wayOf(band: Band, scores: BandState['recent']): { candidate: Band; windows: number } {
  const targets = scores.map((score) => targetOf(band, score)).toReversed();
  const side = sideOf(band, targets[0]!);
  const end = side === 'same' ? 0 : targets.findIndex((target) => sideOf(band, target) !== side);
  const out = end < 0 ? targets : targets.slice(0, end);
  return { candidate: nearestOf(band, out), windows: out.length };
}

/** Where this score would lead from this band, with the margin asked of the way up. */
function targetOf(from: Band, score: number | undefined): Band {
  const plain = bandOf(score);
  if (score === undefined || !isBetter(plain, from)) return plain;
  const above = bandEdges.find(([, edge]) => score > edge + bandMargin)?.[0] ?? from;
  return isBetter(above, from) ? above : from;
}

const order: readonly Band[] = ['unknown', 'bad', 'poor', 'fair', 'good', 'excellent'];
const rankOf = (band: Band): number => order.indexOf(band);
const isBetter = (one: Band, other: Band): boolean => rankOf(one) > rankOf(other);

function sideOf(from: Band, target: Band): 'same' | 'unknown' | 'better' | 'worse' {
  if (target === from || target === 'unknown') return target === from ? 'same' : 'unknown';
  return isBetter(target, from) ? 'better' : 'worse';
}

const nearestOf = (from: Band, targets: readonly Band[]): Band =>
  targets.reduce(
    (near, target) => (stepsTo(from, target) < stepsTo(from, near) ? target : near),
    targets[0] ?? from,
  );

const stepsTo = (from: Band, target: Band): number => Math.abs(rankOf(target) - rankOf(from));
