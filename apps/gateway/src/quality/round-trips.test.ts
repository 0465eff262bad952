import { expect, test } from 'vitest';
import { HourCount } from './hour-count.ts';
import { RoundTrips } from './round-trips.ts';
import { TrafficWatch } from './traffic-watch.ts';

function observed(kind: 'median' | 'least', ...ms: number[]): RoundTrips {
  const trips = new RoundTrips(kind);
  for (const [i, each] of ms.entries()) trips.add(each, i);
  return trips;
}

test('nothing observed is not known', () => {
  expect(observed('median')).toMatchObject({ rttMs: -1, jitterMs: -1, samples: 0 });
  expect(observed('median', 0).rttMs).toBe(0);
});

test('of pings the median of three: one straggler changes nothing, a second one everything', () => {
  expect(observed('median', 20, 20, 20, 900).rttMs).toBe(20);
  expect(observed('median', 20, 20, 20, 900, 900).rttMs).toBe(900);
  expect(observed('median', 10, 30).rttMs).toBe(20);
  expect(observed('median', 7).rttMs).toBe(7);
});

test('of answers that take thought the least of three', () => {
  expect(observed('least', 20, 300, 900).rttMs).toBe(20);
  expect(observed('least', 20, 300, 900, 400).rttMs).toBe(300);
});

test('jitter is the mean deviation from one to the next', () => {
  expect(observed('median', 20).jitterMs).toBe(-1);
  expect(observed('median', 20, 20, 20).jitterMs).toBe(0);
  expect(observed('median', ...Array.from({ length: 40 }, (_, i) => (i % 2) * 100)).jitterMs).toBeCloseTo(
    100,
    0,
  );
});

test('a change by more than the round trip itself, and by 50 ms, is surprising', () => {
  const trips = observed('median', 20, 20, 20);
  expect([30, 70, 71].map((ms) => trips.isSurprising(ms))).toEqual([false, false, true]);
  expect(observed('median').isSurprising(1000)).toBe(false);
});

test('an hour is counted to ten minutes, and forgotten', () => {
  const minute = 60_000;
  const errors = new HourCount();
  errors.add(5 * minute);
  errors.add(5 * minute);
  errors.add(45 * minute);
  expect(errors.count(46 * minute)).toBe(3);
  expect(errors.count(61 * minute)).toBe(1);
  expect(errors.count(120 * minute)).toBe(0);
  errors.add(10_000 * minute);
  expect(errors.count(10_000 * minute)).toBe(1);
});

test('only a device that has shown a rhythm falls silent, by its own measure', () => {
  const watch = new TrafficWatch(0);
  expect(watch.isSilent(10_000, 1_000_000)).toBe(false);
  for (const [i, atMs] of [1000, 6000, 31_000].entries()) watch.update(i + 1, atMs);
  expect(watch.isSilent(10_000, 50_000)).toBe(false); // 25 s was its longest pause
  expect(watch.isSilent(10_000, 106_000)).toBe(true);
  expect(watch.isSilent(200_000, 106_000)).toBe(false);
  watch.update(4, 107_000);
  expect(watch.isSilent(10_000, 118_000)).toBe(false);
});
