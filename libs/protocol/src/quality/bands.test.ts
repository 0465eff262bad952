import { describe, expect, test } from 'vitest';
import { randomNumbers } from '../testing/random-numbers.ts';
import {
  bandEdges,
  bandMargin,
  bandOf,
  type BandState,
  bandWindows,
  initialBand,
  nextBand,
} from './bands.ts';
import type { Band } from './vocabulary.ts';

const in_ = (band: Band): BandState => ({ ...initialBand, band, candidate: band });
const after = (from: BandState, ...scores: (number | undefined)[]): Band =>
  scores.reduce<BandState>(nextBand, from).band;

describe('the band of a score', () => {
  test.each<[number | undefined, Band]>([
    [100, 'excellent'],
    [90, 'excellent'],
    [89, 'good'],
    [75, 'good'],
    [74, 'fair'],
    [50, 'fair'],
    [49, 'poor'],
    [25, 'poor'],
    [24, 'bad'],
    [0, 'bad'],
    [undefined, 'unknown'],
    [Number.NaN, 'unknown'],
    [-1, 'unknown'],
  ])('%s is %s', (score, band) => expect(bandOf(score)).toBe(band));
});

describe('a change of band', () => {
  test('takes the first score at once, for unknown is no band to leave', () => {
    expect(after(initialBand, 96)).toBe('excellent');
    expect(after(initialBand, 10)).toBe('bad');
  });

  test('waits for three windows in a row below the edge', () => {
    expect(after(in_('fair'), 49, 49)).toBe('fair');
    expect(after(in_('fair'), 49, 49, 49)).toBe('poor');
    expect(after(in_('fair'), 49, 49, 50, 49, 49)).toBe('fair');
  });

  test('asks for more than 5 points above the edge on the way up', () => {
    expect(after(in_('poor'), 55, 55, 55, 55)).toBe('poor');
    expect(after(in_('poor'), 56, 56, 56)).toBe('fair');
    expect(after(in_('good'), 95, 95, 95)).toBe('good');
    expect(after(in_('good'), 96, 96, 96)).toBe('excellent');
  });

  test('passes over bands when all three windows agree', () => {
    expect(after(in_('excellent'), 5, 5, 5)).toBe('bad');
    expect(after(in_('bad'), 100, 100, 100)).toBe('excellent');
  });

  test('goes only as far as all three windows agree, and on from there', () => {
    expect(after(in_('good'), 60, 40, 40)).toBe('fair');
    expect(after(in_('good'), 60, 40, 40, 60)).toBe('fair');
    expect(after(in_('good'), 60, 40, 40, 40)).toBe('poor');
  });

  test('starts to count anew when the direction changes', () => {
    expect(after(in_('fair'), 90, 90, 10, 10)).toBe('fair');
    expect(after(in_('fair'), 90, 90, 10, 10, 10)).toBe('bad');
  });

  test('to unknown takes three windows without a score', () => {
    expect(after(in_('good'), undefined, undefined)).toBe('good');
    expect(after(in_('good'), undefined, undefined, undefined)).toBe('unknown');
    expect(after(in_('good'), 10, 10, undefined, 10, 10)).toBe('good');
  });

  test('never happens within the dead zone, whatever the order of scores', () => {
    const below = randomNumbers(11);
    for (const [band, edge] of bandEdges.slice(0, -1)) {
      const lower = bandOf(edge - 1);
      // From the edge to the margin above it both bands may stay; neither may be entered or left.
      for (const start of [band, lower]) {
        let state: BandState = in_(start);
        for (let i = 0; i < 2_000; i += 1) {
          state = nextBand(state, edge + below(bandMargin + 1));
          expect(state.band).toBe(start);
        }
      }
    }
  });

  test('never comes without three windows in a row beyond the edge of the new band', () => {
    const below = randomNumbers(12);
    const edgeOf = (band: Band): number => bandEdges.find(([name]) => name === band)![1];
    let state: BandState = in_('fair');
    let changes = 0;
    const scores: (number | undefined)[] = [];
    for (let i = 0; i < 30_000; i += 1) {
      // A walk of steps, so that there are long stretches within a band as well as leaps.
      const last = scores.at(-1) ?? 50;
      scores.push(below(15) === 0 ? undefined : Math.min(100, Math.max(0, last + below(31) - 15)));
      const next = nextBand(state, scores.at(-1));
      if (next.band !== state.band && state.band !== 'unknown') {
        changes += 1;
        const isUp =
          bandEdges.findIndex(([b]) => b === next.band) < bandEdges.findIndex(([b]) => b === state.band);
        for (const score of scores.slice(-bandWindows)) {
          if (next.band === 'unknown') expect(score).toBeUndefined();
          else if (isUp) expect(score).toBeGreaterThan(edgeOf(next.band) + bandMargin);
          else expect(score).toBeLessThan(edgeOf(state.band));
        }
      }
      state = next;
    }
    expect(changes).toBeGreaterThan(500);
  });

  test('is the same object after a window that changes nothing, and another after one that does', () => {
    let state: BandState = initialBand;
    for (let window = 0; window < bandWindows; window++) state = nextBand(state, 95);
    expect(nextBand(state, 95)).toBe(state);
    expect(nextBand(state, 94)).not.toBe(state);
    expect(nextBand(nextBand(state, 40), 95)).not.toBe(state);
  });

  test('settles in the band of a score that stays', () => {
    const below = randomNumbers(13);
    for (let i = 0; i < 500; i += 1) {
      const score = below(101);
      let state: BandState = initialBand;
      for (let k = 0; k < below(20); k += 1) state = nextBand(state, below(101));
      for (let k = 0; k < 2 * bandWindows; k += 1) state = nextBand(state, score);
      const edge = bandEdges.find(([, from]) => score >= from)![1];
      const isInDeadZone = edge > 0 && score <= edge + bandMargin;
      if (!isInDeadZone) expect(state.band).toBe(bandOf(score));
      expect(nextBand(state, score).band).toBe(state.band);
    }
  });
});
