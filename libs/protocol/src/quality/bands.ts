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
}

export const initialBand: BandState = Object.freeze({ band: 'unknown', candidate: 'unknown', windows: 0 });

/**
 * The state after one more window. A band is left after three windows in a row beyond its edge: below it, or more
 * than 5 points above its upper one. From `unknown` the first score is taken at once: there is nothing to contradict.
 */
export function nextBand(state: BandState, score: number | undefined): BandState {
  const target = targetOf(state.band, score);
  if (target === state.band) return settled(target);
  if (state.band === 'unknown') return settled(target);
  const isFirst = state.windows === 0 || !isSameWay(state.band, state.candidate, target);
  const candidate = isFirst ? target : nearer(state.candidate, target, state.band);
  const windows = isFirst ? 1 : state.windows + 1;
  if (windows < bandWindows) return { band: state.band, candidate, windows };
  return candidate === target ? settled(candidate) : { band: candidate, candidate: target, windows: 1 };
}

const settled = (band: Band): BandState => ({ band, candidate: band, windows: 0 });

/** Where this score would lead from this band, with the margin asked of the way up. */
function targetOf(from: Band, score: number | undefined): Band {
  const plain = bandOf(score);
  if (score === undefined || from === 'unknown' || !isBetter(plain, from)) return plain;
  const above = bandEdges.find(([, edge]) => score > edge + bandMargin)?.[0] ?? from;
  return isBetter(above, from) ? above : from;
}

const order: readonly Band[] = ['unknown', 'bad', 'poor', 'fair', 'good', 'excellent'];
const rankOf = (band: Band): number => order.indexOf(band);
const isBetter = (one: Band, other: Band): boolean => rankOf(one) > rankOf(other);

const isSameWay = (from: Band, one: Band, other: Band): boolean =>
  one === 'unknown' || other === 'unknown' ? one === other : isBetter(one, from) === isBetter(other, from);

/** Of two bands on the same side, the one that all windows so far agree on. */
const nearer = (one: Band, other: Band, from: Band): Band =>
  Math.abs(rankOf(one) - rankOf(from)) <= Math.abs(rankOf(other) - rankOf(from)) ? one : other;
