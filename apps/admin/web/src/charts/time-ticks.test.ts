import { expect, test } from 'vitest';
import { timeTicks } from './time-ticks.ts';

const at = (hours: number, minutes = 0): number => new Date(2026, 10, 20, hours, minutes).getTime();

test('ticks stand on round times of the wall clock', () => {
  expect(timeTicks(at(8, 3), at(9, 3)).map(({ label }) => label)).toEqual([
    '08:15',
    '08:30',
    '08:45',
    '09:00',
  ]);
});

test('midnight is told as a date, and never more ticks than asked for', () => {
  const ticks = timeTicks(at(18), at(18) + 24 * 3_600_000, 4);
  expect(ticks.length).toBeLessThanOrEqual(4);
  expect(ticks.some(({ label }) => label.includes('21'))).toBe(true);
  expect(timeTicks(at(0), at(0) + 30 * 86_400_000).length).toBeLessThanOrEqual(6);
});
