import { expect, test } from 'vitest';
import {
  formatAgo,
  formatBytes,
  formatCount,
  formatLength,
  formatMs,
  formatProtocol,
  formatRate,
  formatShare,
  formatSpan,
} from './format.ts';

test.each([
  [0, '0'],
  [0.001, '<0.01'],
  [0.017, '0.02'],
  [0.999, '1.0'],
  [4.94, '4.9'],
  [99.96, '100.0'],
  [1203.7, '1,204'],
])('a rate of %d reads %s', (rate, text) => expect(formatRate(rate)).toBe(text));

test.each([
  [-5000, 'now'],
  [999, 'now'],
  [3400, '3 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [7_200_000, '2 h'],
  [47 * 3_600_000, '47 h'],
  [49 * 3_600_000, '2 d'],
])('a span of %d ms reads %s', (ms, text) => expect(formatSpan(ms)).toBe(text));

test('sizes, counts and times read short', () => {
  expect([formatBytes(512), formatBytes(1500), formatBytes(88e6), formatBytes(2.5e9)]).toEqual([
    '512 B',
    '1.5 kB',
    '88.0 MB',
    '2.5 GB',
  ]);
  expect(formatCount(12345)).toBe('12,345');
  expect([0, 0.01, 0.42, 12.6].map(formatMs)).toEqual(['0 ms', '<0.1 ms', '0.4 ms', '13 ms']);
});

test('a protocol this version does not know is shown as it is', () => {
  expect([formatProtocol('mqtt5'), formatProtocol('coap')]).toEqual(['MQTT 5', 'coap']);
});

test.each([
  [0, '0 %'],
  [0.0001, '<0.1 %'],
  [0.004, '0.4 %'],
  [0.0949, '9.5 %'],
  [0.5, '50 %'],
  [0.9999, '>99.9 %'],
  [1, '100 %'],
])('a share of %d reads %s', (share, text) => expect(formatShare(share)).toBe(text));

test('what has just begun lasts under a second, and was just now', () => {
  expect([formatLength(0), formatLength(3400)]).toEqual(['under a second', '3 s']);
  expect([formatAgo(-20), formatAgo(3400)]).toEqual(['just now', '3 s ago']);
});
