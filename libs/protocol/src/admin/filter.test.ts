import { describe, expect, test } from 'vitest';
import { randomNumbers } from '../testing/random-numbers.ts';
import { filterKeys, type FilterOp, formatFilter, maxFilterTerms, parseFilter } from './filter.ts';
import { findFilterKey, parseFilterDuration, parseFilterNumber } from './filter.ts';

const parsed = (text: string) =>
  parseFilter(text).terms.map(({ key, op, values, isNegated }) => ({ key, op, values, isNegated }));
const words = (text: string) => parseFilter(text).errors.map(({ from, to }) => text.slice(from, to));

describe('reads', () => {
  test.each([
    ['cqi<50', 'cqi', '<', ['50']],
    ['node:gw-2', 'node', ':', ['gw-2']],
    ['tag.site:berlin', 'tag.site', ':', ['berlin']],
    ['fw:2.4.*', 'tag.fw', ':', ['2.4.*']],
    ['reason:keepalive', 'reason', ':', ['keepalive']],
    ['flaps>3', 'flaps', '>', ['3']],
    ['last>1h', 'last', '>', ['1h']],
    ['last>=1h30m', 'last', '>=', ['1h30m']],
    ['state:unknown', 'state', ':', ['unknown']],
    ['band:poor|bad', 'band', ':', ['poor', 'bad']],
    ['proto:mqtt5', 'proto', ':', ['mqtt5']],
    ['zombie:half-open', 'zombie', ':', ['half-open']],
    ['prefix:10.1.2.0/24', 'prefix', ':', ['10.1.2.0/24']],
    ['ip:2001:db8::1', 'ip', ':', ['2001:db8::1']],
    ['loss>1%', 'loss', '>', ['1%']],
    ['SCORE<=75', 'cqi', '<=', ['75']],
    ['sleepy:yes', 'sleepy', ':', ['yes']],
    ['id="a b|c\\"\\\\"', 'id', '=', ['a b|c"\\']],
    ['node:""', 'node', ':', ['']],
    ['tag."my site":"a b"|c', 'tag.my site', ':', ['a b', 'c']],
    ['pump-00', 'text', ':', ['pump-00']],
    ['"aa:bb:cc"', 'text', ':', ['aa:bb:cc']],
    ['tag.__proto__:x', 'tag.__proto__', ':', ['x']],
  ])('%s', (text, key, op, values) => {
    expect(parseFilter(text).errors).toEqual([]);
    expect(parsed(text)).toEqual([{ key, op, values, isNegated: false }]);
  });

  test('several conditions, some negated, with their places', () => {
    const text = '  cqi<50 -node:gw-2\t-"a b" ';
    const { terms, errors } = parseFilter(text);
    expect(errors).toEqual([]);
    expect(terms.map((term) => text.slice(term.from, term.to))).toEqual(['cqi<50', '-node:gw-2', '-"a b"']);
    expect(terms.map((term) => term.isNegated)).toEqual([false, true, true]);
  });

  test('every key of the table', () => {
    for (const { key, kind, choices } of filterKeys) {
      const value = { number: '5', duration: '5m', choice: choices?.[0] ?? '', text: 'x' }[kind];
      const text = `${key}:${{ ip: '::1', prefix: '::/64' }[key] ?? value}`;
      expect(parseFilter(text), text).toMatchObject({ errors: [], terms: [{}] });
    }
  });
});

describe('marks the word that is wrong, and reads the others', () => {
  test.each([
    ['cqi<fifty band:bad', 'cqi<fifty', /no number/],
    ['band:bad staet:offline', 'staet:offline', /no key "staet"/],
    ['band:bad state:gone x', 'state:gone', /one of connected/],
    ['band:bad last>soon', 'last>soon', /no duration/],
    ['band:bad node>5', 'node>5', /cannot be compared/],
    ['band:bad cqi<5|6', 'cqi<5|6', /one value/],
    ['band:bad id:', 'id:', /value is missing/],
    ['band:bad id:a| b', 'id:a|', /value is missing/],
    ['band:bad - b', '-', /value is missing/],
    ['band:bad :x', ':x', /key is missing/],
    ['band:bad id:"a b', 'id:"a b', /not closed/],
    ['band:bad id:"a"b c', 'id:"a"b', /behind the quote/],
    ['band:bad prefix:10.0.0.0/33', 'prefix:10.0.0.0/33', /block/],
    ['band:bad ip:1.2.3', 'ip:1.2.3', /no IP/],
    ['band:bad tag.:x', 'tag.:x', /no key/],
    ['band:bad __proto__:x', '__proto__:x', /no key/],
    ['band:bad constructor:x', 'constructor:x', /no key/],
  ])('%s', (text, word, message) => {
    const { terms, errors } = parseFilter(text);
    expect(words(text)).toEqual([word]);
    expect(errors[0]?.message).toMatch(message);
    expect(terms).toContainEqual(expect.objectContaining({ key: 'band', values: ['bad'] }));
  });

  test('what is beyond the bounds', () => {
    expect(parseFilter('x '.repeat(maxFilterTerms + 5)).errors).toHaveLength(1);
    expect(parseFilter(`id:${'a|'.repeat(200)}a`).errors).toHaveLength(1);
  });
});

describe('is total', () => {
  const alphabet = [
    '"',
    '\\',
    '|',
    ':',
    '=',
    '<',
    '>',
    '-',
    ' ',
    '\n',
    '*',
    '%',
    '\u0000',
    '\u202e',
    '\ud800',
    '😀',
  ];
  const pieces = [...alphabet, 'cqi', 'tag.', 'fw', 'id', 'band', 'bad', '50', '1h', '__proto__', 'a'];

  test('any text gives terms and errors that name places within it', () => {
    const below = randomNumbers(7);
    for (let round = 0; round < 8_000; round++) {
      const text = Array.from({ length: below(12) }, () => pieces[below(pieces.length)]).join('');
      const { terms, errors } = parseFilter(text);
      for (const { from, to } of [...terms, ...errors]) {
        expect(from).toBeLessThan(to);
        expect(to).toBeLessThanOrEqual(text.length);
      }
      if (text.trim() !== '') expect(terms.length + errors.length).toBeGreaterThan(0);
      // What was understood is understood again.
      expect(parsed(formatFilter(terms))).toEqual(terms.map(({ from: _, to: __, ...term }) => term));
    }
  });

  test('what was formatted is read as it was', () => {
    const below = randomNumbers(11);
    const some = (most: number): string =>
      Array.from({ length: below(most) }, () => pieces[below(pieces.length)]).join('');
    const term = () => {
      const key = ['text', 'id', 'node', `tag.x${some(6)}`, 'tag.fw', 'reason'][below(6)]!;
      const values = Array.from({ length: 1 + below(3) }, () => some(6));
      return { key, op: (below(2) === 0 ? ':' : '=') as FilterOp, values, isNegated: below(2) === 0 };
    };
    for (let round = 0; round < 8_000; round++) {
      const terms = Array.from({ length: below(5) }, term);
      const text = formatFilter(terms);
      expect(parseFilter(text).errors, text).toEqual([]);
      expect(parsed(text)).toEqual(terms);
    }
  });

  test.each([
    ['quotes', '"'],
    ['words with a quote', 'a" '],
    ['backslashes', '"\\'],
    ['bars', '|'],
    ['blanks', ' '],
    ['one word', 'x'],
    ['control characters', '\u0000\u001b'],
    ['digits', 'cqi<9'],
    ['durations', '1h'],
    ['keys', 'last>1h1'],
  ])('64 KiB of %s are read at once', (_what, piece) => {
    const text = piece.repeat(65_536 / piece.length);
    const before = performance.now();
    const { errors } = parseFilter(text);
    expect(performance.now() - before).toBeLessThan(3000);
    for (const { message } of errors) expect(message.length).toBeLessThan(200);
  });
});

test.each([
  ['50', 50],
  ['-1.5', -1.5],
  ['1%', 0.01],
  ['2k', 2000],
  ['200ms', 200],
  ['', undefined],
  ['1e9', undefined],
  ['0x10', undefined],
  ['Infinity', undefined],
  ['9'.repeat(400), undefined],
])('the number %j is %s', (text, number) => expect(parseFilterNumber(text)).toBe(number));

test.each([
  ['90s', 90_000],
  ['1h30m', 5_400_000],
  ['1.5d', 129_600_000],
  ['250ms', 250],
  ['5', undefined],
  ['h', undefined],
  ['1h '.repeat(2), undefined],
])('the duration %j is %s ms', (text, ms) => expect(parseFilterDuration(text)).toBe(ms));

test('tags keep their case, keys of ours have none', () => {
  expect(findFilterKey('TAG.Site')?.key).toBe('tag.Site');
  expect(findFilterKey('CQI')?.key).toBe('cqi');
  expect(findFilterKey('FW')?.key).toBe('tag.fw');
});
