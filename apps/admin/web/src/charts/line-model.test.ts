import { expect, test } from 'vitest';
import { lineSentence, stackedValues, topOf, type LineSeries } from './line-model.ts';

const line = (name: string, ...values: (number | null)[]): LineSeries => ({ name, token: '', values });

test('stacked lines stand on each other; a hole is one only where nothing is known', () => {
  expect(stackedValues([line('a', 1, null, null), line('b', 2, 3, null)])).toEqual([
    [1, null, null],
    [3, 3, null],
  ]);
});

test.each([
  [0, 1, 1],
  [null, 100, 100],
  [93, 10, 100],
  [1010, 10, 1200],
  [0.04, 0.01, 0.05],
])('the axis for %d and at least %d ends at %d', (highest, least, top) => {
  expect(topOf(highest, least)).toBeCloseTo(top);
});

test('lines as a sentence', () => {
  expect(lineSentence('RTT', [line('p50', 10, null, 30), line('p95', null)], (ms) => `${ms} ms`)).toBe(
    'RTT. p50: latest 30 ms, between 10 ms and 30 ms; p95: nothing measured.',
  );
});
