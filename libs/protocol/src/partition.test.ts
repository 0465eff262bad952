import { expect, test } from 'vitest';
import { crc32, partitionOf } from './partition.ts';

// Computed with Python's zlib.crc32; the same rows stand in docs/streams.md.
const vectors: [clientId: string, crc: number, partitionOf16: number][] = [
  ['pump-1', 0x679bde86, 6],
  ['pump-2', 0xfe928f3c, 12],
  ['sensor/7', 0x8c6e1864, 4],
  ['gerät-ä', 0xca88c356, 6],
  ['设备-1', 0xb5f0aaa6, 6],
  ['', 0, 0],
];

test.each(vectors)(
  'partition of %j is the zlib CRC-32 of its UTF-8 bytes modulo P',
  (clientId, crc, partition) => {
    expect(crc32(new TextEncoder().encode(clientId))).toBe(crc);
    expect(partitionOf(clientId, 16)).toBe(partition);
  },
);

test('crc32 agrees with the published check value', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
});
