import type { Facet } from '@tributary/protocol/admin-api';
import { expect, test } from 'vitest';
import {
  hasValue,
  suggestionsFor,
  toggleValue,
  withoutTerm,
  withoutWord,
  withWord,
  wordsOf,
} from './filter-words.ts';

test('the words of a filter, and what is wrong with one of them', () => {
  const words = wordsOf('cqi<50  colour:red pump "a b"');
  expect(words.map(({ text }) => text)).toEqual(['cqi<50', 'colour:red', 'pump', '"a b"']);
  expect(words.map(({ fault }) => fault !== undefined)).toEqual([false, true, false, false]);
  expect(wordsOf('')).toEqual([]);
});

test('a word is taken out and another put in, blanks stay single', () => {
  const q = 'cqi<50 node:gw-2 pump';
  expect(withoutWord(q, wordsOf(q)[1]!)).toBe('cqi<50 pump');
  expect(withWord('', 'band:bad')).toBe('band:bad');
  expect(withWord(q, 'x')).toBe(`${q} x`);
});

test('a value of a key goes in and out, two mean either', () => {
  const one = toggleValue('pump', 'band', 'bad');
  const two = toggleValue(one, 'band', 'poor');
  expect([one, two]).toEqual(['pump band:bad', 'pump band:bad|poor']);
  expect(hasValue(two, 'band', 'poor')).toBe(true);
  expect(toggleValue(toggleValue(two, 'band', 'bad'), 'band', 'poor')).toBe('pump');
  expect(toggleValue('-band:bad', 'band', 'bad')).toBe('-band:bad band:bad');
});

test('a word is found by its meaning, however it was written, and never within another', () => {
  expect(withoutTerm('score<50 pump', 'cqi<50')).toBe('pump');
  expect(withoutTerm('tag.fw:2.* x', 'fw:2.*')).toBe('x');
  expect(withoutTerm('id:pump-1 pump', 'pump')).toBe('id:pump-1');
  expect(withoutTerm('pump', 'valve')).toBe('pump');
});

test('a value with a star is that value, not a pattern', () => {
  const q = toggleValue('', 'tag.site', 'a*');
  expect(q).toBe('tag.site=a*');
  expect(toggleValue(q, 'tag.site', 'a*')).toBe('');
  expect(toggleValue(q, 'tag.site', 'b')).toBe('tag.site=a* tag.site:b');
});

test('a filter with a fault is left alone', () => {
  expect(toggleValue('colour:red', 'band', 'bad')).toBe('colour:red');
});

const facets: Facet[] = [
  {
    key: 'tag.site',
    values: [
      { value: 'berlin', count: 12 },
      { value: 'New York', count: 3 },
    ],
    more: 0,
  },
];

test('keys are offered by their beginning, tags among them', () => {
  const { offers, from, to } = suggestionsFor('cqi<50 -ta', 10, facets);
  expect(offers).toEqual([{ insert: '-tag.site:', says: 'tag, 2 values' }]);
  expect([from, to]).toEqual([7, 10]);
  expect(suggestionsFor('fl', 2).offers[0]?.insert).toBe('flaps>');
  expect(suggestionsFor('cqi<50 ', 7).offers).toEqual([]);
});

test('values are offered with their counts, quoted where they have blanks, after a bar too', () => {
  expect(suggestionsFor('tag.site:', 9, facets).offers).toEqual([
    { insert: 'tag.site:berlin', says: '12 devices' },
    { insert: 'tag.site:"New York"', says: '3 devices' },
  ]);
  expect(suggestionsFor('band:bad|po', 11).offers[0]?.insert).toBe('band:bad|poor');
});
