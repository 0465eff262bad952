import { expect, test } from 'vitest';
import { parseIpAddress } from './ip-address.ts';
import { formatTarget, isMeant, parseTarget } from './target.ts';

test.each([
  ['id:pump-1', 'id:pump-1'],
  ['id:a:b', 'id:a:b'],
  ['id:<b>\u202e', 'id:<b>\u202e'],
  ['ip:::ffff:10.0.0.1', 'ip:10.0.0.1'],
  ['ip:2001:DB8::0:1', 'ip:2001:db8::1'],
  ['prefix:10.1.2.3/24', 'prefix:10.1.2.0/24'],
])('%j is spelled %j', (text, expected) => expect(formatTarget(parseTarget(text)!)).toBe(expected));

test.each([
  ...['', 'id', 'id:', ':x', 'pump-1', 'ID:x', 'ip:10.0.0.0/8', 'ip:', 'prefix:10.0.0.1', 'host:a'],
  `id:${'x'.repeat(1025)}`,
])('%j is none', (text) => expect(parseTarget(text)).toBeUndefined());

test.each([
  ['id:a', 'a', '10.0.0.1', true],
  ['id:a', 'A', '10.0.0.1', false],
  ['ip:10.0.0.1', 'a', '10.0.0.1', true],
  ['ip:10.0.0.1', 'a', '10.0.0.2', false],
  ['ip:0.0.0.1', 'a', '::1', false],
  ['prefix:10.0.0.0/8', 'a', '10.9.9.9', true],
  ['prefix:10.0.0.0/8', 'a', '11.0.0.1', false],
])('%s means %s from %s: %s', (text, id, address, expected) => {
  expect(isMeant(parseTarget(text)!, id, parseIpAddress(address))).toBe(expected);
});

test('a device whose address is not known is meant by its id only', () => {
  expect(isMeant(parseTarget('id:a')!, 'a', undefined)).toBe(true);
  expect(isMeant(parseTarget('prefix:0.0.0.0/0')!, 'a', undefined)).toBe(false);
});
