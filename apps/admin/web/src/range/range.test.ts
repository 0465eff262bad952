import { expect, test } from 'vitest';
import { withParams } from './params.ts';
import { defaultRange, fixedRange, readRange, stepRange, writeRange, type TimeRange } from './range.ts';

const read = (search: string): TimeRange => readRange(new URLSearchParams(search));
const hour = 3_600_000;

test.each([
  ['', defaultRange],
  ['range=-6h', { kind: 'last', rangeMs: 6 * hour }],
  ['range=-15m', { kind: 'last', rangeMs: hour / 4 }],
  ['range=-24h', { kind: 'last', rangeMs: 24 * hour }],
  ['range=-1s', defaultRange],
  ['range=-9999d', defaultRange],
  ['range=yesterday', defaultRange],
  [
    'from=2026-11-20T08:00Z&to=2026-11-20T09:00Z',
    { kind: 'fixed', from: 1_795_161_600_000, to: 1_795_165_200_000 },
  ],
  ['from=1795161600000&to=1795165200000', { kind: 'fixed', from: 1_795_161_600_000, to: 1_795_165_200_000 }],
  ['from=2026-11-20T09:00Z&to=2026-11-20T08:00Z', defaultRange],
  ['from=nonsense&to=2026-11-20T08:00Z', defaultRange],
])('%s is read', (search, range) => expect(read(search)).toEqual(range));

test('a range survives its way through the URL', () => {
  const ranges: TimeRange[] = [
    defaultRange,
    { kind: 'last', rangeMs: 24 * hour },
    { kind: 'last', rangeMs: 7 * 24 * hour },
    fixedRange(1_795_165_200_000, 1_795_161_600_000),
  ];
  for (const range of ranges) {
    expect(read(withParams('', { ...writeRange(range) }))).toEqual(range);
  }
});

test('steps go through the presets and stop at the ends', () => {
  expect(stepRange({ kind: 'last', rangeMs: hour }, 1)).toEqual({ kind: 'last', rangeMs: 6 * hour });
  expect(stepRange({ kind: 'last', rangeMs: 900_000 }, -1)).toEqual({ kind: 'last', rangeMs: 900_000 });
  expect(stepRange(fixedRange(0, 2 * hour), -1)).toEqual({ kind: 'last', rangeMs: hour });
});

test('parameters are changed and the others kept', () => {
  expect(withParams('?q=a%20b&range=-6h', { range: undefined, tab: 'x' })).toBe('?q=a+b&tab=x');
  expect(withParams('?range=-6h', { range: '' })).toBe('');
});
