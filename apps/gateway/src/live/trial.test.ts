import { expect, test } from 'vitest';
import { Trial } from './trial.ts';

/** A trial of 30 s that begins at 0, and what each look says. */
function looks(wasReady: boolean, ...seen: readonly (readonly [atMs: number, isReady: boolean])[]) {
  const trial = new Trial();
  trial.begin(0, wasReady, 30_000);
  return seen.map(([atMs, isReady]) => trial.look(atMs, isReady));
}

test('a node that stays ready passes, once', () => {
  expect(looks(true, [1000, true], [29_999, true], [30_000, true], [31_000, true])).toEqual([
    undefined,
    undefined,
    'passed',
    undefined,
  ]);
});

test('a node that loses its readiness for a second fails, once', () => {
  expect(looks(true, [5000, false], [5900, false], [6000, false], [7000, false])).toEqual([
    undefined,
    undefined,
    'failed',
    undefined,
  ]);
});

test('a break of less than a second is no reason', () => {
  expect(looks(true, [5000, false], [5900, true], [6000, false], [6900, true], [30_000, true])).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    'passed',
  ]);
});

test('what begins within the trial is judged beyond its end, what begins behind it is not', () => {
  expect(looks(true, [29_900, false], [30_900, false])).toEqual([undefined, 'failed']);
  expect(looks(true, [30_100, false], [31_100, false])).toEqual(['passed', undefined]);
});

test('a node that was not ready before is not on trial', () => {
  expect(looks(false, [1000, false], [2000, false], [3000, true])).toEqual([undefined, undefined, undefined]);
});

test('a trial of no length, and one that is called off, say nothing', () => {
  const trial = new Trial();
  trial.begin(0, true, 0);
  expect(trial.isWatching).toBe(false);
  trial.begin(0, true, 30_000);
  expect(trial.isWatching).toBe(true);
  trial.cancel();
  expect([trial.look(1000, false), trial.look(3000, false)]).toEqual([undefined, undefined]);
});

test('a newer configuration begins a trial of its own', () => {
  const trial = new Trial();
  trial.begin(0, true, 30_000);
  trial.look(29_000, true);
  trial.begin(29_500, true, 30_000);
  expect([trial.look(30_000, true), trial.look(59_500, true)]).toEqual([undefined, 'passed']);
});
