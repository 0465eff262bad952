import { addressOfEndpoint } from '@tributary/protocol';
import { expect, test } from 'vitest';
import { blockKeyOf, blockOf, noAddress, sourceKeyOf } from './source-key.ts';

test.each([
  ['203.0.113.9:80', 0xcb007109],
  ['0.0.0.0:0', 0],
  ['255.255.255.255:65535', 0xffffffff],
  ['[::ffff:203.0.113.9]:80', 0xcb007109],
  ['[2001:db8::1]:80', 0x20010db8_00000000_00000000_00000001n],
  ['unknown', noAddress],
  ['', noAddress],
  ['256.0.0.1:80', noAddress],
  ['1.2.3:80', noAddress],
  ['1.2.3.4.5:80', noAddress],
  ['1..2.3:80', noAddress],
  ['1.2.3.4', noAddress],
])('the key of %j', (endpoint, key) => expect(sourceKeyOf(endpoint)).toBe(key));

test('an IPv4 address read by hand is the one that is read anywhere else', () => {
  for (let i = 0; i < 5000; i++) {
    const endpoint = `${i % 256}.${(i * 7) % 256}.${(i * 31) % 256}.${(i * 13) % 256}:${i}`;
    expect(BigInt(sourceKeyOf(endpoint))).toBe(addressOfEndpoint(endpoint)!.value);
  }
});

test.each([
  [8, 0xcb000000],
  [24, 0xcb007100],
  [31, 0xcb007108],
  [32, 0xcb007109],
])('the block of %i bits', (ipv4Bits, key) => {
  expect(blockKeyOf(0xcb007109, { ipv4Bits, ipv6Bits: 64 })).toBe(key);
  expect(blockKeyOf(noAddress, { ipv4Bits, ipv6Bits: 64 })).toBe(noAddress);
});

test.each([
  ['203.0.113.9:80', '203.0.113.0/24'],
  ['[::ffff:203.0.113.9]:80', '203.0.113.0/24'],
  ['[2001:db8::1:2:3:4]:80', '2001:db8::/64'],
  ['unknown', undefined],
])('the block of %s in words', (endpoint, block) => {
  expect(blockOf(endpoint, { ipv4Bits: 24, ipv6Bits: 64 })).toBe(block);
});
