import { type BanTarget, formatBanTarget, parseIpAddress } from '@tributary/protocol';
import { describe, expect, test } from 'vitest';
import { FailedLogins, sourceName } from './failed-logins.ts';

const limits = { perDevice: 3, perAddress: 10, windowSeconds: 60, goodDevices: 2 };
const addressOf = (text: string) => parseIpAddress(text)!;
const spelled = (target: BanTarget | undefined) => target && formatBanTarget(target);

/** Wrong credentials, each of `users` in turn; whom that keeps out. */
function tryOut(logins: FailedLogins, count: number, users: number, from = '192.0.2.1', nowMs = 0): string[] {
  return Array.from({ length: count }, (_, i) => {
    const login = { address: addressOf(from), clientId: `device-${i % users}`, user: `user-${i % users}` };
    return spelled(logins.failed(login, nowMs)) ?? '';
  }).filter((target) => target !== '');
}

describe('wrong credentials', () => {
  test('keep out the user that is tried, from that address', () => {
    const logins = new FailedLogins(limits);
    expect(tryOut(logins, 3, 1)).toEqual([]);
    expect(tryOut(logins, 1, 1)).toEqual(['at:192.0.2.1 user:user-0']);
    expect(tryOut(logins, 3, 1, '192.0.2.2')).toEqual([]);
  });

  test('without a user keep out the client id', () => {
    const logins = new FailedLogins(limits);
    const login = { address: addressOf('192.0.2.1'), clientId: 'pump-1', user: undefined };
    for (let i = 0; i < 3; i++) expect(logins.failed(login, 0)).toBeUndefined();
    expect(spelled(logins.failed(login, 0))).toBe('at:192.0.2.1 id:pump-1');
  });

  test('of many users keep out the address', () => {
    expect(tryOut(new FailedLogins(limits), 11, 11)).toEqual(['ip:192.0.2.1']);
  });

  test('from anywhere in 64 bits of IPv6 keep those out', () => {
    const logins = new FailedLogins(limits);
    for (let i = 0; i < 10; i++) expect(tryOut(logins, 1, 1, `2001:db8::${i}`)).toEqual([]);
    expect(tryOut(logins, 1, 1, '2001:db8::ff')).toEqual(['prefix:2001:db8::/64']);
  });

  test('over a long time keep nobody out', () => {
    const logins = new FailedLogins(limits);
    for (let minute = 0; minute < 100; minute++)
      expect(tryOut(logins, 2, 1, '192.0.2.1', minute * 120_000)).toEqual([]);
  });
});

describe('an address with good devices behind it', () => {
  const source = sourceName(addressOf('192.0.2.1'));

  test('is never banned as a whole; who is tried is, from there', () => {
    const logins = new FailedLogins(limits);
    logins.neighbours.begun(source);
    logins.neighbours.begun(source);
    const banned = tryOut(logins, 200, 20);
    expect(new Set(banned.map((target) => target.split(' ')[0]))).toEqual(new Set(['at:192.0.2.1']));
    expect(logins.isShared(addressOf('192.0.2.1'), 0)).toBe(true);
  });

  test('is known for a day after they left', () => {
    const logins = new FailedLogins(limits);
    const { neighbours } = logins;
    for (let i = 0; i < 2; i++) neighbours.begun(source);
    for (let i = 0; i < 2; i++) neighbours.left(source, 1000);
    expect(logins.isShared(addressOf('192.0.2.1'), 86_400_000)).toBe(true);
    expect(logins.isShared(addressOf('192.0.2.1'), 86_402_000)).toBe(false);
  });

  test('needs several: one that comes back again and again is one', () => {
    const logins = new FailedLogins(limits);
    for (let i = 0; i < 100; i++) {
      logins.neighbours.begun(source);
      logins.neighbours.left(source, i);
    }
    expect(logins.isShared(addressOf('192.0.2.1'), 100)).toBe(false);
  });
});
