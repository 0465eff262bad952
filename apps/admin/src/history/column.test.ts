import { emptyQualityBins, type QualityBins } from '@tributary/backplane';
import { expect, test } from 'vitest';
import { ColumnSum } from './column.ts';
import type { Figures } from './roll-up-entry.ts';

const zero: Figures = {
  ...{ connections: 0, messagesIn: 0, stored: 0, bytesIn: 0, connects: 0, disconnects: 0 },
  ...{ loopDelayMs: 0, rssBytes: 0, redisLatencyMs: 0 },
};

/** Devices of class standard: bin → how many. */
function bins(counts: Record<number, number>, differs: Partial<QualityBins> = {}): QualityBins {
  const quality = { ...emptyQualityBins(), ...differs };
  for (const [bin, count] of Object.entries(counts)) quality.classes.standard.bins[Number(bin)] = count;
  return quality;
}

test('nodes are summed within a slot, slots are averaged', () => {
  const sum = new ColumnSum();
  sum.add({ at: 0, node: 'a', quality: bins({ 20: 4 }), figures: { ...zero, connections: 4 } });
  sum.add({ at: 0, node: 'b', quality: bins({ 5: 2 }), figures: { ...zero, connections: 2 } });
  sum.add({ at: 15, node: 'a', quality: bins({ 20: 2 }), figures: { ...zero, connections: 2 } });
  expect(sum.column(0, 15_000, undefined)).toMatchObject({
    bands: { excellent: 3, good: 0, fair: 0, poor: 1, bad: 0, unknown: 0 },
    connections: 4,
  });
});

test('a column nobody reported is null, not zero', () => {
  const column = new ColumnSum().column(7, 15_000, undefined);
  const { at, ...rest } = column;
  expect(at).toBe(7);
  expect(new Set(Object.values(rest))).toEqual(new Set([null]));
});

test('what is counted is told per second, of gauges the worst node, of memory the sum', () => {
  const sum = new ColumnSum();
  const figures = { ...zero, messagesIn: 1500, loopDelayMs: 5, redisLatencyMs: 1, rssBytes: 100 };
  sum.add({ at: 0, node: 'a', quality: undefined, figures });
  sum.add({ at: 0, node: 'b', quality: undefined, figures: { ...figures, loopDelayMs: 300 } });
  expect(sum.column(0, 15_000, undefined)).toMatchObject({
    ...{ messagesIn: 200, loopDelayMs: 300, redisLatencyMs: 1, rssBytes: 200, bands: null },
  });
});

test('of one class, only what is told by class', () => {
  const sum = new ColumnSum();
  const quality = bins({ 20: 4 }, { rtt: { p50: 10, p95: 20, devices: 4 } });
  quality.classes.bulk.bins[0] = 1;
  quality.classes.bulk.lost[0] = 97;
  sum.add({ at: 0, node: 'a', quality, figures: { ...zero, connections: 5 } });
  expect(sum.column(0, 15_000, 'bulk')).toMatchObject({
    ...{ bands: { excellent: 0, bad: 1 }, lost: { rtt: 97, jitter: 0 }, connections: null, rttP50: null },
  });
  expect(sum.column(0, 15_000, undefined)).toMatchObject({ lost: { rtt: 19.4 }, rttP95: 20 });
});
