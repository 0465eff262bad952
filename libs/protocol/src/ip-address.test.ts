import { describe, expect, test } from 'vitest';
import {
  addressOfEndpoint,
  formatIpAddress,
  formatIpPrefix,
  isInPrefix,
  parseIpAddress,
  parseIpPrefix,
} from './ip-address.ts';

const spelled = (text: string): string | undefined => {
  const address = parseIpAddress(text);
  return address && formatIpAddress(address);
};

describe('an address', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['fe80::', 'fe80::'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
  ])('%s is spelled %s', (text, expected) => expect(spelled(text)).toBe(expected));

  test.each([
    ...['', '1', '1.2.3', '1.2.3.256', '01.2.3.4', '1.2.3.4.5', '1.2.3.4 ', ' 1.2.3.4', '1.2.3.4:80'],
    ...[':', ':::', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8::', '12345::', 'g::'],
    ...['fe80::1%eth0', '[::1]', '1.2.3.4::', '::1.2.3.4:5', `::${'0:'.repeat(40)}1`, '::ffff:1.2.3.999'],
  ])('%j is none', (text) => expect(parseIpAddress(text)).toBeUndefined());

  test.each([
    ['192.0.2.1:50000', '192.0.2.1'],
    ['[2001:db8::1]:50000', '2001:db8::1'],
    ['[::ffff:192.0.2.1]:50000', '192.0.2.1'],
  ])('of the endpoint %s is %s', (endpoint, expected) => {
    expect(formatIpAddress(addressOfEndpoint(endpoint)!)).toBe(expected);
  });

  test.each(['unknown', '', ':80', 'host:80'])('of the endpoint %j is not known', (endpoint) => {
    expect(addressOfEndpoint(endpoint)).toBeUndefined();
  });
});

describe('a prefix', () => {
  test.each([
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['10.1.2.3/32', '10.1.2.3/32'],
    ['1.2.3.4/0', '0.0.0.0/0'],
    ['2001:db8:ffff::1/32', '2001:db8::/32'],
    ['::/0', '::/0'],
    ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
  ])('%s is spelled %s', (text, expected) => expect(formatIpPrefix(parseIpPrefix(text)!)).toBe(expected));

  test.each(['10.0.0.0', '10.0.0.0/33', '::/129', '10.0.0.0/-1', '10.0.0.0/8/8', '/8', '::ffff:1.2.3.4/95'])(
    '%j is none',
    (text) => expect(parseIpPrefix(text)).toBeUndefined(),
  );

  test.each([
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/31', '10.0.0.1', true],
    ['10.0.0.0/31', '10.0.0.2', false],
    ['0.0.0.0/0', '255.1.1.1', true],
    ['0.0.0.0/0', '::1', false],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
  ])('%s has %s: %s', (prefix, address, expected) => {
    expect(isInPrefix(parseIpAddress(address)!, parseIpPrefix(prefix)!)).toBe(expected);
  });
});
