import { expect, test } from 'vitest';
import { indexAt, xOf } from './line-chart.ts';
import { niceScale } from './scale.ts';

test.each([
  [0, [1, 2, 3]],
  [0.2, [1, 2, 3]],
  [7, [2.5, 5, 7.5]],
  [364, [200, 400]],
  [1200, [500, 1000, 1500]],
  [999_999, [500_000, 1_000_000]],
])('an axis for %d has round steps', (highest, ticks) => {
  expect(niceScale(highest)).toEqual({ top: ticks.at(-1), ticks });
});

test('the newest moment is at the right edge, and a pointer finds the nearest point', () => {
  const data = { at: [0, 1000, 2000], untilMs: 2000, spanMs: 4000, lines: [] };
  expect(xOf(2000, data, 500)).toBe(490);
  expect(indexAt(490, data, 500)).toBe(2);
  expect(indexAt(0, data, 500)).toBe(0);
  expect(indexAt(10, { ...data, at: [] }, 500)).toBeUndefined();
});
