import { describe, expect, test } from 'vitest';
import { der, time } from '../../testing/x509.ts';
import { DerError, DerReader, elementsOf, Tag, timeOf } from './der.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

test('elements are read one after the other, short and long', () => {
  const long = Buffer.alloc(70_000, 7);
  const reader = new DerReader(Buffer.concat([der(0x02, Buffer.of(5)), der(0x04, long), der(0x05)]));
  expect(reader.take(Tag.INTEGER).body).toEqual(Buffer.of(5));
  expect(reader.nextTag).toBe(Tag.OCTET_STRING);
  expect(reader.takeIf(Tag.SEQUENCE)).toBeUndefined();
  expect(reader.take().body.equals(long)).toBe(true);
  expect(reader.take(0x05).whole).toEqual(bytes('0500'));
  expect(reader.isDone).toBe(true);
  expect(reader.nextTag).toBe(-1);
  expect(() => reader.take()).toThrow(DerError);
  expect(() => reader.end()).not.toThrow();
});

test.each([
  ['nothing', ''],
  ['a tag without a length', '30'],
  ['a length that is cut off', '30 82 01'],
  ['more than there is', '30 05 01'],
  ['far more than there is', '30 84 7f ff ff ff 00'],
  ['the indefinite length of BER', '30 80 00 00'],
  ['a length of five bytes', '30 85 00 00 00 00 01 00'],
  ['a long length where a short one does', '30 81 05 00 00 00 00 00'],
  ['a length with a zero in front', `30 82 00 80 ${'00'.repeat(128)}`],
  ['a tag of several bytes', '3f 81 01 00'],
])('hostile bytes are refused: %s', (_what, hex) => {
  expect(() => new DerReader(bytes(hex)).take()).toThrow(DerError);
});

test('another tag than expected, and bytes left over, are refused', () => {
  expect(() => new DerReader(bytes('02 01 05')).take(Tag.SEQUENCE)).toThrow('tag 0x2 instead of 0x30');
  expect(() => new DerReader(bytes('02 01 05')).end()).toThrow(DerError);
});

test('every cut and every flipped byte of a structure is refused or read, never read past', () => {
  const inner = Buffer.concat([
    der(0x02, Buffer.of(1)),
    der(0x04, Buffer.alloc(200, 3)),
    time(1_700_000_000_000),
  ]);
  const whole = der(0x30, inner);
  const readAll = (given: Buffer): void => {
    try {
      for (const { whole: element } of elementsOf(new DerReader(given).take())) {
        expect(element.length).toBeLessThanOrEqual(given.length);
      }
    } catch (error) {
      expect(error).toBeInstanceOf(DerError);
    }
  };
  for (let cut = 0; cut < whole.length; cut++) {
    expect(() => new DerReader(whole.subarray(0, cut)).take()).toThrow(DerError);
  }
  for (let at = 0; at < whole.length; at++) {
    for (const value of [0x00, 0x1f, 0x7f, 0x80, 0x84, 0xff]) {
      const flipped = Buffer.from(whole);
      flipped[at] = value;
      readAll(flipped);
    }
  }
});

test('a deep pile of sequences costs nothing: nobody descends', () => {
  let pile: Buffer = Buffer.alloc(0);
  for (let depth = 0; depth < 2000; depth++) pile = der(0x30, pile);
  expect(elementsOf(new DerReader(pile).take())).toHaveLength(1);
});

test('what is made of more elements than anybody needs is refused before they cost anything', () => {
  const holder = (count: number) => new DerReader(der(0x30, Buffer.alloc(2 * count, '3100', 'hex'))).take();
  expect(elementsOf(holder(4096))).toHaveLength(4096);
  expect(() => elementsOf(holder(4097))).toThrow(DerError);
});

describe('a time', () => {
  const at = (tag: number, text: string): number => timeOf(new DerReader(der(tag, Buffer.from(text))).take());

  test('is UTC, of two digits for the year or of four', () => {
    expect(at(Tag.UTC_TIME, '261121203000Z')).toBe(Date.UTC(2026, 10, 21, 20, 30));
    expect(at(Tag.UTC_TIME, '500101000000Z')).toBe(Date.UTC(1950, 0, 1));
    expect(at(Tag.GENERALIZED_TIME, '20991231235959Z')).toBe(Date.UTC(2099, 11, 31, 23, 59, 59));
  });

  test.each([
    [Tag.UTC_TIME, '2611212030Z'],
    [Tag.UTC_TIME, '261121203000+0100'],
    [Tag.UTC_TIME, '26112120300aZ'],
    [Tag.GENERALIZED_TIME, '20261321203000Z'],
    [Tag.GENERALIZED_TIME, '20261121203000.5Z'],
    [Tag.INTEGER, '261121203000Z'],
  ])('that is none is refused: 0x%s %s', (tag, text) => {
    expect(() => at(tag, text)).toThrow(DerError);
  });
});
