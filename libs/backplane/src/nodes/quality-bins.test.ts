import { expect, test } from 'vitest';
import {
  addQualityBins,
  decodeQualityBins,
  devicesIn,
  emptyQualityBins,
  encodeQualityBins,
  type QualityBins,
  scoreBinOf,
  sessionBinOf,
} from './quality-bins.ts';

function someBins(devices: number, p50: number): QualityBins {
  const bins = emptyQualityBins();
  bins.classes.standard.bins[scoreBinOf(97)] = devices;
  bins.classes.standard.lost[0] = 3 * devices;
  bins.classes.critical.unknown = 2;
  bins.rtt = { p50, p95: p50 * 2, devices };
  bins.sessions[sessionBinOf(500)] = 4;
  return bins;
}

test.each([
  [0, 0],
  [4, 0],
  [5, 1],
  [99, 19],
  [100, 20],
  [-1, 0],
  [1000, 20],
])('a score of %d is in bin %d', (score, bin) => {
  expect(scoreBinOf(score)).toBe(bin);
});

test.each([
  [0, 0],
  [999, 0],
  [1_000, 1],
  [604_799_999, 10],
  [604_800_000, 11],
  [Number.MAX_SAFE_INTEGER, 11],
])('a session of %d ms is in bin %d', (ms, bin) => {
  expect(sessionBinOf(ms)).toBe(bin);
});

test('reads what it wrote', () => {
  const bins = someBins(10, 25.5);
  expect(decodeQualityBins(encodeQualityBins(bins))).toEqual(bins);
});

test('nodes are added: devices, points and ends of sessions, and the round trip by devices', () => {
  const sum = emptyQualityBins();
  addQualityBins(sum, someBins(10, 20));
  addQualityBins(sum, someBins(30, 40));
  expect(sum.classes.standard.bins[scoreBinOf(97)]).toBe(40);
  expect(sum.classes.standard.lost[0]).toBe(120);
  expect(sum.rtt).toEqual({ p50: 35, p95: 70, devices: 40 });
  expect(sum.sessions[0]).toBe(8);
  expect(devicesIn(sum)).toBe(44);
});

test('moments are averaged by their share of a slot; what ended in it is counted whole', () => {
  const sum = emptyQualityBins();
  addQualityBins(sum, someBins(10, 20), 0.25);
  addQualityBins(sum, someBins(20, 20), 0.75);
  expect(sum.classes.standard.bins[scoreBinOf(97)]).toBe(17.5);
  expect(sum.rtt.p50).toBeCloseTo(20);
  expect(sum.sessions[0]).toBe(8);
});

test.each(['', 'x', '[]', 'null', '7'])('%j is no bins', (json) => {
  expect(decodeQualityBins(json)).toBeUndefined();
});

test('what is missing, impossible or too much in bins is 0 or left out', () => {
  const bins = { classes: { standard: { bins: [1, -1, 'x', null, ...Array(100).fill(9)], unknown: -5 } } };
  const read = decodeQualityBins(JSON.stringify(bins))!;
  expect(read.classes.standard.bins).toHaveLength(21);
  expect(read.classes.standard.bins.slice(0, 5)).toEqual([1, 0, 0, 0, 9]);
  expect(read.classes.standard.unknown).toBe(0);
  expect(read.classes.critical).toEqual(emptyQualityBins().classes.critical);
  expect(read.rtt).toEqual({ p50: 0, p95: 0, devices: 0 });
});
