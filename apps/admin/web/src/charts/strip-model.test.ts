import type { BandCounts, HistoryColumn } from '@tributary/protocol/admin-api';
import { expect, test } from 'vitest';
import {
  bandAt,
  columnAt,
  columnSentence,
  densityOf,
  momentAt,
  segmentsOf,
  stripSentence,
  zoomsByItself,
} from './strip-model.ts';

const bands = (more: Partial<BandCounts>): BandCounts => ({
  ...{ excellent: 0, good: 0, fair: 0, poor: 0, bad: 0, unknown: 0, ...more },
});
const column = (counts: BandCounts | null): HistoryColumn => ({ bands: counts }) as HistoryColumn;

test('bands stand on each other with the worst at the bottom and make the whole height', () => {
  expect(segmentsOf(bands({ bad: 25, excellent: 50, unknown: 25 }), false)).toEqual([
    { band: 'bad', from: 0, to: 0.25 },
    { band: 'excellent', from: 0.25, to: 0.75 },
    { band: 'unknown', from: 0.75, to: 1 },
  ]);
});

test('zoomed, the worst tenth fills the height', () => {
  const segments = segmentsOf(bands({ bad: 5, excellent: 95 }), true);
  expect(segments).toEqual([
    { band: 'bad', from: 0, to: 0.5 },
    { band: 'excellent', from: 0.5, to: 1 },
  ]);
});

test('nobody connected is an empty column, not a full one', () => {
  expect(segmentsOf(bands({}), false)).toEqual([]);
  expect(bandAt(column(null), 0.5, false)).toBeUndefined();
});

test('zooms by itself while trouble is small, and not when there is none to look at', () => {
  expect(zoomsByItself([column(bands({ poor: 5, good: 95 }))])).toBe(true);
  expect(zoomsByItself([column(bands({ poor: 50, good: 50 })), column(bands({ good: 9 }))])).toBe(false);
  expect(zoomsByItself([column(null)])).toBe(false);
});

test('a pointer finds its column, band and moment', () => {
  expect([
    columnAt(0, 240, 240),
    columnAt(239.9, 240, 240),
    columnAt(240, 240, 240),
    columnAt(-1, 240, 240),
  ]).toEqual([0, 239, undefined, undefined]);
  const there = column(bands({ bad: 1, good: 9 }));
  expect([bandAt(there, 0.05, false), bandAt(there, 0.5, false)]).toEqual(['bad', 'good']);
  expect(momentAt(50, 100, { from: 1000, to: 3000 })).toBe(2000);
});

test('density grows with the logarithm, and one device is seen beside thousands', () => {
  expect(densityOf(0, 5000)).toBe(0);
  expect(densityOf(1, 5000)).toBeGreaterThan(0.07);
  expect(densityOf(5000, 5000)).toBe(1);
});

test('the picture as a sentence', () => {
  expect(columnSentence(bands({ bad: 1, excellent: 999 }))).toBe('1,000 devices: 0.1 % bad, 100 % excellent');
  expect(columnSentence(null)).toBe('nothing was reported');
  const columns = [column(bands({ good: 10 })), column(null), column(bands({ poor: 5, good: 5 }))];
  expect(stripSentence(columns, 'Quality')).toBe(
    'Quality. Latest: 10 devices: 50 % poor, 50 % good. Poor or bad at first 0 %, at most 50 %, at last 50 %.',
  );
  expect(stripSentence([], 'Quality')).toContain('nothing was reported');
});
