import { expect, test } from 'vitest';
import { formatBanTarget, isBanMeant, parseBanTarget } from './ban-target.ts';
import { parseIpAddress } from './ip-address.ts';

test.each([
  ['id:pump-1', 'id:pump-1'],
  ['prefix:10.1.2.3/24', 'prefix:10.1.2.0/24'],
  ['user:ann', 'user:ann'],
  ['user:a b:c', 'user:a b:c'],
  ['at:::ffff:10.0.0.1 id:pump 1', 'at:10.0.0.1 id:pump 1'],
  ['at:2001:DB8::1 user:ann', 'at:2001:db8::1 user:ann'],
])('%j is spelled %j', (text, expected) => expect(formatBanTarget(parseBanTarget(text)!)).toBe(expected));

test.each([
  ...['', 'user:', 'User:ann', `user:${'x'.repeat(1025)}`, 'at:', 'at:10.0.0.1', 'at:10.0.0.1 ', 'at: id:a'],
  ...['at:10.0.0.1 ip:10.0.0.2', 'at:10.0.0.0/8 id:a', 'at:10.0.0.1 id:', 'at:10.0.0.1 user:', 'host:a'],
  ...['at:10.0.0.1 at:10.0.0.1 id:a', 'at:10.0.0.1  id:a'],
])('%j is none', (text) => expect(parseBanTarget(text)).toBeUndefined());

test.each([
  ['user:ann', 'a', 'ann', '10.0.0.1', true],
  ['user:ann', 'ann', undefined, '10.0.0.1', false],
  ['user:ann', 'a', 'Ann', '10.0.0.1', false],
  ['at:10.0.0.1 id:a', 'a', undefined, '10.0.0.1', true],
  ['at:10.0.0.1 id:a', 'a', undefined, '10.0.0.2', false],
  ['at:10.0.0.1 id:a', 'b', undefined, '10.0.0.1', false],
  ['at:10.0.0.1 user:ann', 'b', 'ann', '10.0.0.1', true],
  ['at:10.0.0.1 user:ann', 'b', undefined, '10.0.0.1', false],
  ['id:a', 'a', undefined, '10.0.0.1', true],
])('%s means %s of user %s from %s: %s', (text, clientId, user, address, expected) => {
  const device = { clientId, user, address: parseIpAddress(address) };
  expect(isBanMeant(parseBanTarget(text)!, device)).toBe(expected);
  expect(isBanMeant(parseBanTarget(text)!, { ...device, address: undefined })).toBe(
    expected && !text.startsWith('at:'),
  );
});
