import type { Ban } from '@tributary/backplane';
import { type Banned, parseIpAddress } from '@tributary/protocol';
import { describe, expect, test } from 'vitest';
import { countedUser } from '../../auth/auth-failure.ts';
import { BanList } from './ban-list.ts';

const now = 1_700_000_000_000;
const listOf = (...targets: string[]): BanList =>
  new BanList(targets.map((target): Ban => ({ target, until: now + 1000, reason: '', by: '', at: now })));

const device = (clientId: string, user?: string, address?: string): Banned => ({
  ...{ clientId, user },
  address: address === undefined ? undefined : parseIpAddress(address),
});

describe('a list of bans', () => {
  test('knows a client id for as long as its ban lasts', () => {
    const list = listOf('id:a');
    const isBanned = (at: number): boolean => list.has(device('a'), at);
    expect([isBanned(now), isBanned(now + 999), isBanned(now + 1000)]).toEqual([true, true, false]);
    expect(list.has(device('b'), now)).toBe(false);
  });

  test('knows a user, and who has none is not that user', () => {
    const list = listOf('user:ann');
    expect(list.has(device('a', 'ann'), now)).toBe(true);
    expect([list.has(device('ann'), now), list.has(device('a', 'bob'), now)]).toEqual([false, false]);
    expect(list.has(device('a', 'ann'), now + 1000)).toBe(false);
  });

  test('knows an id or a user from one address, and leaves them alone elsewhere', () => {
    const list = listOf('at:10.0.0.1 id:a', 'at:2001:db8::1 user:ann');
    expect(list.has(device('a', 'bob', '10.0.0.1'), now)).toBe(true);
    expect(list.has(device('a', 'bob', '10.0.0.2'), now)).toBe(false);
    expect(list.has(device('b', 'bob', '10.0.0.1'), now)).toBe(false);
    expect(list.has(device('b', 'ann', '2001:db8:0::1'), now)).toBe(true);
    expect(list.has(device('b', 'ann'), now)).toBe(false);
    expect(list.hasAddress(parseIpAddress('10.0.0.1'), now)).toBe(false);
  });

  test('knows a user that may not be named, from one address, by what it is counted under', () => {
    const user = 'x'.repeat(100);
    for (const name of [user, countedUser(user)]) {
      const list = listOf(`at:10.0.0.1 user:${name}`);
      expect(list.has(device('a', user, '10.0.0.1'), now)).toBe(true);
      expect(list.has(device('a', `${user}y`, '10.0.0.1'), now)).toBe(false);
      expect(list.has(device('a', user, '10.0.0.2'), now)).toBe(false);
    }
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
