import { expect, test } from 'vitest';
import { rowsTogether } from './grid-layout.ts';

const items = (...indexes: number[]) => indexes.map((index) => ({ index }));

test('a row that is kept for its focus is not among those that stand together', () => {
  expect(rowsTogether(items(0, 40, 41, 42))).toEqual(items(40, 41, 42));
  expect(rowsTogether(items(40, 41, 42, 99))).toEqual(items(40, 41, 42));
  expect(rowsTogether(items(3, 4))).toEqual(items(3, 4));
  expect(rowsTogether([])).toEqual([]);
});
