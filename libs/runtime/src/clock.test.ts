import { expect, test } from 'vitest';
import { ManualClock, systemClock } from './clock.ts';

test('the system clock tells Unix milliseconds, and spans that never go back', () => {
  expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1000);
  const before = systemClock.monotonic();
  expect(systemClock.monotonic()).toBeGreaterThanOrEqual(before);
});

test('a manual clock moves when told, both hands together', () => {
  const clock = new ManualClock(1000);
  clock.advance(250);
  expect([clock.now(), clock.monotonic()]).toEqual([1250, 250]);
});

test('setting the wall clock leaves spans alone, and time does not go back', () => {
  const clock = new ManualClock(1000);
  clock.setWallClock(10);
  expect([clock.now(), clock.monotonic()]).toEqual([10, 0]);
  expect(() => clock.advance(-1)).toThrow(RangeError);
});
