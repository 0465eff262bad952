import { expect, test } from 'vitest';
import { parseByteRate, parseByteSize, parseRate } from './rate.ts';

test.each([
  ['50/s', 50],
  ['3000/m', 50],
  ['10/h', 10 / 3600],
  ['0.5/s', 0.5],
  ['999999999999/s', 999_999_999_999],
])('%j is so many in a second: %d', (text, perSecond) => {
  expect(parseRate(text)).toBe(perSecond);
});

test.each([
  ['1MiB/s', 1_048_576],
  ['60KiB/m', 1024],
  ['512B/s', 512],
  ['1.5GiB/h', (1.5 * 1024 ** 3) / 3600],
])('%j is so many bytes in a second: %d', (text, perSecond) => {
  expect(parseByteRate(text)).toBe(perSecond);
});

test.each([
  ['64KiB', 65_536],
  ['0.5MiB', 524_288],
  ['1B', 1],
])('%j is a size of %d bytes', (text, bytes) => {
  expect(parseByteSize(text)).toBe(bytes);
});

test.each([
  '',
  '50',
  '/s',
  '50/d',
  '0/s',
  '-1/s',
  '1e3/s',
  ' 50/s',
  '50 / s',
  '50/S',
  'Infinity/s',
  '9'.repeat(13) + '/s',
])('%j is no rate', (text) => expect(parseRate(text)).toBeUndefined());

test.each([
  '1/s',
  '1MB/s',
  '1mib/s',
  '0B/s',
  '1MiB',
  '999999999999GiB/s',
  '1MiB/s/s',
  '9'.repeat(100_000) + 'B/s',
])('what is no rate in bytes is refused', (text) => expect(parseByteRate(text)).toBeUndefined());

test.each(['1', '1MB', '0KiB', '1MiB/s', '999999999999GiB'])('%j is no size', (text) => {
  expect(parseByteSize(text)).toBeUndefined();
});
