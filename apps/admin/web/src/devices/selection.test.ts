import { expect, test } from 'vitest';
import { extended, maxSelected, toggled } from './selection.ts';

test('a row goes in and out', () => {
  const one = toggled(new Set(), 'a');
  expect([...one]).toEqual(['a']);
  expect([...toggled(one, 'a')]).toEqual([]);
});

test('a range takes all between, upwards too, and never more than there is room for', () => {
  const order = ['a', 'b', 'c', 'd'];
  expect([...extended(new Set(['a']), ['d', 'b'], order)]).toEqual(['a', 'b', 'c', 'd']);
  expect([...extended(new Set(), ['gone', 'b'], order)]).toEqual(['b']);
  const many = Array.from({ length: 300 }, (_, i) => `d${i}`);
  expect(extended(new Set(), ['d0', 'd299'], many).size).toBe(maxSelected);
});
