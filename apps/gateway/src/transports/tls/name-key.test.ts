import { describe, expect, test } from 'vitest';
import { commonName, der, oid, sequence } from '../../testing/x509.ts';
import { DerError, DerReader } from './der.ts';
import { nameKey } from './name-key.ts';

const keyOf = (name: Buffer): string => nameKey(new DerReader(name).take());
const attribute = (type: string, text: string): Buffer => sequence(oid(type), der(0x0c, Buffer.from(text)));
const relative = (...attributes: Buffer[]): Buffer => der(0x31, ...attributes);

describe('names are equal', () => {
  test.each([
    ['in either case', commonName('fleet ca')],
    ['however they are spaced', commonName('  Fleet \t  CA ')],
    ['as PrintableString', commonName('Fleet CA', 0x13)],
    ['as TeletexString', commonName('Fleet CA', 0x14)],
  ])('%s', (_how, other) => {
    expect(keyOf(other)).toBe(keyOf(commonName('Fleet CA')));
  });

  test('as BMPString', () => {
    const utf16 = Buffer.from('Fleet CA', 'utf16le').swap16();
    const other = sequence(relative(sequence(oid('550403'), der(0x1e, utf16))));
    expect(keyOf(other)).toBe(keyOf(commonName('Fleet CA')));
  });

  test('in whatever order attributes of one step stand', () => {
    const [a, b] = [attribute('550403', 'x'), attribute('55040a', 'y')];
    expect(keyOf(sequence(relative(a, b)))).toBe(keyOf(sequence(relative(b, a))));
  });
});

describe('names differ', () => {
  test.each([
    ['by another text', commonName('Fleet CA 2')],
    ['by the kind of attribute', sequence(relative(attribute('55040a', 'Fleet CA')))],
    [
      'by a further step',
      sequence(relative(attribute('550403', 'Fleet CA')), relative(attribute('55040a', 'x'))),
    ],
    ['by separators inside a value', commonName('Fleet CA/55040a=x')],
  ])('%s', (_how, other) => {
    expect(keyOf(other)).not.toBe(keyOf(commonName('Fleet CA')));
  });

  test('when two values could be read as one', () => {
    const two = sequence(relative(attribute('550403', 'a')), relative(attribute('550403', 'b')));
    expect(keyOf(two)).not.toBe(keyOf(commonName('a/550403=b')));
  });
});

test.each([
  ['a text in place of a set', sequence(der(0x0c, Buffer.from('x')))],
  ['an attribute without a value', sequence(relative(sequence(oid('550403'))))],
  ['bytes behind a value', sequence(relative(sequence(oid('550403'), der(0x0c), der(0x05))))],
])('%s is no name', (_what, name) => {
  expect(() => keyOf(name)).toThrow(DerError);
});
