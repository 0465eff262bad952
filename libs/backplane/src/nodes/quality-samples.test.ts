import { expect, test } from 'vitest';
import { decodeQualitySamples, encodeQualitySamples, type QualitySample } from './quality-samples.ts';

const known: QualitySample = {
  clientId: 'pump "1"\n<b>',
  epoch: 7,
  score: 61,
  band: 'fair',
  penalties: { rtt: 20, jitter: 4, loss: 10, flaps: 5, errors: 0, stalls: 0 },
  confidence: 'high',
  rttMs: 208.25,
  jitterMs: 14,
  lossRatio: 0.034,
  sources: { rtt: 'ws-ping', jitter: 'tcp', loss: 'tcp' },
  zombie: 'half-open',
  flaps: 3,
};
const unknown: QualitySample = {
  clientId: '',
  epoch: 0,
  score: undefined,
  band: 'unknown',
  penalties: { rtt: 0, jitter: 0, loss: 0, flaps: 0, errors: 0, stalls: 0 },
  confidence: 'none',
  rttMs: undefined,
  jitterMs: undefined,
  lossRatio: undefined,
  sources: {},
  zombie: undefined,
  flaps: 0,
};

test('reads what it wrote, known and unknown', () => {
  expect(decodeQualitySamples(encodeQualitySamples([known, unknown]))).toEqual([known, unknown]);
});

test('a score of 0 and a loss of 0 are measured', () => {
  const worst = { ...known, score: 0, lossRatio: 0, rttMs: 0 };
  expect(decodeQualitySamples(encodeQualitySamples([worst]))).toEqual([worst]);
});

test.each([
  ['', 0],
  ['no json', 0],
  ['{}', 0],
  ['null', 0],
  ['[1, null, "x", [], [1, 2], ["a"], ["a", -1], ["a", 1.5], ["a", "1"]]', 0],
  ['[["a", 1]]', 1],
])('of %s it reads what is a line', (json, count) => {
  expect(decodeQualitySamples(json)).toHaveLength(count);
});

test('what is impossible in a line is unknown, and the line stays', () => {
  const line = ['a', 1, 101, 99, [500, -1, '3', null, 2.5], 'high', -3, '1', null, 7, {}, [], 'zombie', -2];
  expect(decodeQualitySamples(JSON.stringify([line]))).toEqual([{ ...unknown, clientId: 'a', epoch: 1 }]);
});

test('points that are no points count nothing', () => {
  const line = ['a', 1, 50, 2, [500, -1, '3', null, 50], 2];
  expect(decodeQualitySamples(JSON.stringify([line]))[0]!.penalties).toEqual({
    ...unknown.penalties,
    errors: 50,
  });
});
