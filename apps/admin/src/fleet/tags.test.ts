import { expect, test } from 'vitest';
import { notKept, TextColumn } from './dictionary.ts';
import { Tags } from './tags.ts';

test('a value leaves with its last device, and its place is used again', () => {
  const column = new TextColumn(8, { maxValues: 2, maxLength: 8 });
  column.set(0, 'a');
  column.set(1, 'a');
  column.set(2, 'b');
  column.set(0, '');
  expect([column.values, column.devices]).toEqual([2, 2]);
  column.set(3, 'c'); // no room yet: a and b are still in use
  expect(column.name(column.codes[3]!)).toBe(notKept);
  column.set(1, 'c'); // and here goes the last a
  expect(column.name(column.codes[1]!)).toBe('c');
  expect(column.codesInUse().map((code) => column.name(code))).toEqual(['', 'b', 'c', notKept]);
});

test('values too long or too many are told as not known, never as another value', () => {
  const column = new TextColumn(100, { maxValues: 3, maxLength: 4 });
  for (let slot = 0; slot < 10; slot++) column.set(slot, `v${slot}`);
  column.set(10, 'far too long');
  const names = Array.from({ length: 11 }, (_, slot) => column.name(column.codes[slot]!));
  expect(names).toEqual(['v0', 'v1', 'v2', ...Array<string>(8).fill(notKept)]);
  expect(column.values).toBe(3);
  for (let slot = 0; slot < 11; slot++) column.set(slot, '');
  expect([column.values, column.devices]).toEqual([0, 0]);
});

test('columns that share a room have no more values together than it takes', () => {
  const room = { free: 3 };
  const [one, other] = [0, 1].map(() => new TextColumn(4, { maxValues: 9, maxLength: 8 }, room)) as [
    TextColumn,
    TextColumn,
  ];
  for (let slot = 0; slot < 4; slot++) {
    one.set(slot, `a${slot}`);
    other.set(slot, `b${slot}`);
  }
  expect([one.values, other.values]).toEqual([2, 1]);
  for (let slot = 0; slot < 4; slot++) one.set(slot, '');
  other.set(3, 'b3');
  other.set(2, 'new');
  expect([room.free, other.name(other.codes[2]!)]).toEqual([0, 'new']);
});

test('new names of tags for ever cost no more than those of now', () => {
  const tags = new Tags(4);
  for (let round = 0; round < 1000; round++) tags.set(0, { [`key-${round}`]: `value-${round}` });
  expect(tags.keys).toEqual(['key-999']);
  for (let slot = 0; slot < 4; slot++) {
    tags.set(slot, Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${slot}-${i}`, 'x'])));
  }
  expect(tags.keys).toHaveLength(32);
  expect(Object.keys(tags.of(0))).toHaveLength(20);
});
