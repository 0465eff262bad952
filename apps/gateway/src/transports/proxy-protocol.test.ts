import { ProtocolError } from '@tributary/protocol';
import { describe, expect, test } from 'vitest';
import { badHeaders, goodHeaders } from '../testing/proxy-headers.ts';
import { Random } from '../testing/random.ts';
import { maxBlockBytes, readProxyHeader } from './proxy-protocol.ts';

/** The code it is refused with; undefined where it is not. */
function refusalOf(bytes: Buffer): string | undefined {
  try {
    readProxyHeader(bytes, 'any');
    return undefined;
  } catch (error) {
    return error instanceof ProtocolError ? error.code : 'another error';
  }
}

describe.each(goodHeaders)('%s', (name, bytes, source) => {
  test('says where the connection comes from, and ends at its last byte', () => {
    const behind = Buffer.from('PROXY \r\n\0', 'latin1');
    expect(readProxyHeader(Buffer.concat([bytes, behind]), 'any')).toEqual({ used: bytes.length, source });
  });

  test('is waited for at every byte before', () => {
    for (let count = 0; count < bytes.length; count++)
      expect(readProxyHeader(bytes.subarray(0, count), 'any'), `${count} bytes`).toBeUndefined();
  });

  test('is taken by listeners of its version only, and refused by others at its first byte', () => {
    const [own, other] = name.startsWith('v1') ? (['v1', 'v2'] as const) : (['v2', 'v1'] as const);
    expect(readProxyHeader(bytes, own)?.source).toEqual(source);
    expect(() => readProxyHeader(bytes.subarray(0, 1), other)).toThrow(ProtocolError);
    expect(readProxyHeader(bytes.subarray(0, 0), other)).toBeUndefined();
  });
});

describe.each(badHeaders)('%s', (_name, bytes) => {
  test('is refused, and stays so whatever follows', () => {
    expect(refusalOf(bytes)).toBe('bad-proxy-header');
    expect(refusalOf(Buffer.concat([bytes, Buffer.alloc(5000, '\r\n')]))).toBe('bad-proxy-header');
  });

  test('is never taken for a header before', () => {
    for (let count = 0; count < bytes.length; count++) {
      const early = bytes.subarray(0, count);
      if (refusalOf(early) === undefined) expect(readProxyHeader(early, 'any')).toBeUndefined();
    }
  });
});

test('no header is waited for beyond its bound', () => {
  const line = Buffer.from(`PROXY UNKNOWN ${'x'.repeat(200)}`, 'latin1');
  expect(readProxyHeader(line.subarray(0, 106), 'any')).toBeUndefined();
  expect(refusalOf(line.subarray(0, 107))).toBe('bad-proxy-header');
  const [, v2] = goodHeaders.at(-1)!;
  expect(v2.length).toBe(16 + maxBlockBytes);
});

test('whatever comes, it is read or refused with its code, and never says more than there is', () => {
  const random = new Random(20);
  const seeds = [...goodHeaders, ...badHeaders].map(([, bytes]) => bytes);
  for (let i = 0; i < 20_000; i++) {
    const bytes = Buffer.from(random.pick(seeds));
    for (let changes = random.below(4); changes > 0; changes--)
      bytes[random.below(Math.min(bytes.length, 60))] = random.below(256);
    if (refusalOf(bytes) !== undefined) expect(refusalOf(bytes)).toBe('bad-proxy-header');
    else expect(readProxyHeader(bytes, 'any')?.used ?? 0).toBeLessThanOrEqual(bytes.length);
  }
});
