import { ProtocolError } from '@tributary/protocol';
import { describe, expect, test } from 'vitest';
import { type ForwardedHeader, sourceOfChain } from './forwarded.ts';
import { TrustedProxies } from './trusted.ts';

const trusted = new TrustedProxies(['10.0.0.0/8', '127.0.0.1', '2001:db8:ffff::/48']);
const peer = '127.0.0.1:4711';
const read = (kind: ForwardedHeader, value: string): string => sourceOfChain(kind, value, peer, trusted);

describe('X-Forwarded-For', () => {
  test.each([
    ['one address', '203.0.113.9', '203.0.113.9:0'],
    ['its port', '203.0.113.9:4711', '203.0.113.9:4711'],
    ['IPv6', '2001:db8::1', '[2001:db8::1]:0'],
    ['IPv6 in brackets', '[2001:DB8::1]', '[2001:db8::1]:0'],
    ['IPv6 with its port', '[2001:db8:0::1]:80', '[2001:db8::1]:80'],
    ['IPv4 as IPv6', '::ffff:203.0.113.9', '203.0.113.9:0'],
    ['trusted proxies behind it', '203.0.113.9, 10.0.0.7, [2001:db8:ffff::1]:80', '203.0.113.9:0'],
    ['what the device made up before it', '1.2.3.4, 203.0.113.9, 10.0.0.7', '203.0.113.9:0'],
    ['nonsense the device made up before it', '<script>, 10.0.0.1\u0000, 203.0.113.9', '203.0.113.9:0'],
    ['a trusted address the device made up', '10.0.0.1, 203.0.113.9', '203.0.113.9:0'],
    ['trusted proxies alone: the first of them', '10.0.0.2, 10.0.0.1', '10.0.0.2:0'],
    ['a node that hides: the last proxy known', 'unknown, 10.0.0.1', '10.0.0.1:0'],
    ['a device that hides: the proxy that says so', 'unknown', peer],
    ['a port that is none', '203.0.113.9:99999', '203.0.113.9:0'],
    ['no spaces', '1.2.3.4,203.0.113.9', '203.0.113.9:0'],
  ])('%s', (_name, value, source) => expect(read('x-forwarded-for', value)).toBe(source));

  test.each([
    ['nothing', ''],
    ['an empty place', '203.0.113.9, '],
    ['a name', 'example.com'],
    ['half an address', '203.0.113'],
    ['an octal address', '010.0.0.1'],
    ['an address with a zone', 'fe80::1%eth0'],
    ['nonsense before a trusted proxy', 'x y, 10.0.0.1'],
    ['a header line within', '203.0.113.9\r\nX: 1'],
    ['more trusted proxies than anybody has', Array(17).fill('10.0.0.1').join(', ')],
    ['too much of it', `${'1.2.3.4, '.repeat(300)}203.0.113.9`],
  ])('refuses %s', (_name, value) => {
    expect(() => read('x-forwarded-for', value)).toThrow(ProtocolError);
  });
});

describe('Forwarded [RFC 7239]', () => {
  test.each([
    ['one address', 'for=203.0.113.9', '203.0.113.9:0'],
    ['with what else is said', 'proto=https;For="203.0.113.9:80";by=10.0.0.1', '203.0.113.9:80'],
    ['IPv6', 'for="[2001:db8::1]:4711"', '[2001:db8::1]:4711'],
    ['a chain', 'for=1.2.3.4, for=203.0.113.9;proto=http , for="10.0.0.1"', '203.0.113.9:0'],
    ['a comma within quotes', 'host="a, b";for=203.0.113.9', '203.0.113.9:0'],
    ['an escape within quotes', 'for="203\\.0.113.9"', '203.0.113.9:0'],
    ['a port that is made up', 'for="203.0.113.9:_port"', '203.0.113.9:0'],
    ['a node that hides', 'for=_hidden, for=10.0.0.3', '10.0.0.3:0'],
    ['one that says unknown', 'for=unknown', peer],
    ['an element without an address', 'for=1.2.3.4, proto=https', peer],
  ])('%s', (_name, value, source) => expect(read('forwarded', value)).toBe(source));

  test.each([
    ['a quote that never ends', 'for="203.0.113.9'],
    ['a quote of the device that swallows what the proxy adds', 'for="1.2.3.4, for="[2001:db8::1]"'],
    ['two addresses in one element', 'for=1.2.3.4;for=203.0.113.9'],
    ['no pairs', '203.0.113.9'],
    ['a name without a value', 'for='],
    ['nonsense', 'for=203.0.113.9 what'],
    ['an address that is none', 'for=example'],
    ['too much of it', `${'for=1.2.3.4, '.repeat(200)}for=203.0.113.9`],
  ])('refuses %s', (_name, value) => {
    expect(() => read('forwarded', value)).toThrow(ProtocolError);
  });

  test('takes no longer for a value made to be slow', () => {
    const start = performance.now();
    expect(() => read('forwarded', `for="${'\\"'.repeat(1000)}`)).toThrow(ProtocolError);
    expect(() => read('forwarded', `${' \t'.repeat(1000)}x`)).toThrow(ProtocolError);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

test('nobody is trusted who is not named', () => {
  expect(new TrustedProxies([]).has('127.0.0.1:1')).toBe(false);
  expect(trusted.has('127.0.0.2:1')).toBe(false);
  expect(trusted.has('[::ffff:127.0.0.1]:1')).toBe(true);
  expect(trusted.has('unknown')).toBe(false);
});
