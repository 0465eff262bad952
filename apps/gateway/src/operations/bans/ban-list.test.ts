import type { Ban } from '@tributary/backplane';
import { parseIpAddress } from '@tributary/protocol';
import { describe, expect, test } from 'vitest';
import { BanList } from './ban-list.ts';

const now = 1_700_000_000_000;
const listOf = (...targets: string[]): BanList =>
  new BanList(targets.map((target): Ban => ({ target, until: now + 1000, reason: '', by: '', at: now })));

describe('a list of bans', () => {
  test('knows a client id for as long as its ban lasts', () => {
    const list = listOf('id:a');
    expect([list.hasId('a', now), list.hasId('a', now + 999), list.hasId('a', now + 1000)]).toEqual([
      ...[true, true, false],
    ]);
    expect(list.hasId('b', now)).toBe(false);
  });

  test.each([
    ['ip:10.0.0.1', '10.0.0.1', true],
    ['ip:10.0.0.1', '10.0.0.2', false],
    ['ip:10.0.0.1', '::ffff:10.0.0.1', true],
    ['prefix:10.1.0.0/16', '10.1.255.255', true],
    ['prefix:10.1.0.0/16', '10.2.0.0', false],
    ['prefix:2001:db8::/32', '2001:db8:1::1', true],
    ['prefix:2001:db8::/32', '2001:db9::1', false],
    ['prefix:::/16', '0.0.0.1', false],
  ])('%s is about %s: %s', (target, address, expected) => {
    const list = listOf(target);
    expect(list.hasAddress(parseIpAddress(address), now)).toBe(expected);
    expect(list.hasAddress(parseIpAddress(address), now + 1000)).toBe(false);
  });

  test('finds an address in any of many blocks, whatever their lengths', () => {
    const list = listOf(...Array.from({ length: 24 }, (_, i) => `prefix:10.0.0.0/${i + 8}`), 'ip:192.0.2.1');
    expect(list.hasAddress(parseIpAddress('10.0.0.1'), now)).toBe(true);
    expect(list.hasAddress(parseIpAddress('192.0.2.1'), now)).toBe(true);
    expect(list.hasAddress(parseIpAddress('192.0.2.2'), now)).toBe(false);
  });

  test('of two bans of one block the longer counts', () => {
    const facts = { reason: '', by: '', at: now };
    const list = new BanList([
      { target: 'prefix:10.0.0.1/32', until: now + 9000, ...facts },
      { target: 'ip:10.0.0.1', until: now + 1000, ...facts },
    ]);
    expect(list.hasAddress(parseIpAddress('10.0.0.1'), now + 5000)).toBe(true);
  });

  test('has nothing against an address nobody knows', () => {
    expect(listOf('prefix:0.0.0.0/0').hasAddress(undefined, now)).toBe(false);
    expect(listOf('id:a').hasAddresses).toBe(false);
  });
});
