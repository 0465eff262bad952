import type { QualityPoint, TimelineEntry } from '@tributary/protocol/admin-api';
import { expect, test } from 'vitest';
import { deviceIdIn, filterPath } from './device-words.ts';
import { formatLoss, joinPoints, marksOf } from './quality-points.ts';

const point = (at: number, score: number | null = 90): QualityPoint => ({
  at,
  score,
  penalties: null,
  rttMs: 1,
  jitterMs: null,
  lossRatio: null,
});
const entry = (id: string, facts: Partial<TimelineEntry>): TimelineEntry => ({
  id,
  at: 1,
  kind: 'disconnected',
  by: 'network',
  reason: '',
  text: id,
  epoch: 1,
  node: '',
  facts: {},
  ...facts,
});

test('the live points go on where history ends, without repeating it', () => {
  const joined = joinPoints([point(1000), point(2000)], [point(1500), point(2000), point(3000)], 0);
  expect(joined.map(({ at }) => at)).toEqual([1000, 2000, 3000]);
  expect(joinPoints([point(1000)], [point(2000)], 1500).map(({ at }) => at)).toEqual([2000]);
});

test('a long silence is a hole, not a line', () => {
  const hour = 3_600_000;
  const joined = joinPoints([point(0), point(3 * hour)], [], 0);
  expect(joined.map(({ score }) => score)).toEqual([90, null, 90]);
  expect(joinPoints([point(0), point(2 * hour)], [], 0)).toHaveLength(2);
  expect(joinPoints([point(0), point(900)], [], 0, [500]).map(({ score }) => score)).toEqual([90, null, 90]);
  expect(joinPoints([point(0), point(900)], [], 0, [0, 900])).toHaveLength(2);
});

test('marks are what happened to the connection, each once, by who caused it', () => {
  const marks = marksOf([
    entry('a', { kind: 'connected', by: 'device' }),
    entry('b', {}),
    entry('b', {}),
    entry('c', { kind: 'quality' }),
    entry('d', { kind: 'action', by: 'operator' }),
  ]);
  expect(marks).toEqual([
    { at: 1, text: 'a' },
    { at: 1, text: 'b', token: '--state-unknown' },
    { at: 1, text: 'd', token: '--accent' },
  ]);
});

test('small losses keep a digit', () => {
  expect([0, 0.004, 0.05, 0.2].map(formatLoss)).toEqual(['0 %', '0.4 %', '5.0 %', '20 %']);
});

test('a tag leads to its devices, whatever stands in it', () => {
  expect(decodeURIComponent(filterPath('tag.site', 'a b&c'))).toBe('/devices?q=tag.site:"a b&c"');
});

test.each(['pump-1', 'plant-3/pump 17', 'a%2Fb', '100%', 'ü 设备', '<img src=x>', '..'])(
  'the path of %s leads back to it',
  (id) => expect(deviceIdIn(`/devices/${encodeURIComponent(id)}`)).toBe(id),
);

test('a path typed by hand is read as it is', () => expect(deviceIdIn('/devices/50%')).toBe('50%'));
