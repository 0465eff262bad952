import { expect, test } from 'vitest';
import { editDistance, nearest } from './nearest.ts';

test.each([
  ['port', 'port', 0],
  ['prot', 'port', 1],
  ['por', 'port', 1],
  ['ports', 'port', 1],
  ['kitten', 'sitting', 3],
  ['', 'abc', 3],
  ['ca', 'abc', 3],
])('counts insertions, deletions, substitutions and swaps: %s → %s is %i', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});

test('finds the name that was meant', () => {
  const known = ['maxPacketBytes', 'maxTopicBytes', 'maxInflightUp'];
  expect(nearest('maxPacketByte', known)).toBe('maxPacketBytes');
  expect(nearest('MAX_PACKET_BYTES', known)).toBe('maxPacketBytes');
  expect(nearest('maxTopicsByte', known)).toBe('maxTopicBytes');
});

test('suggests nothing when nothing is near, however short or long the name', () => {
  expect(nearest('foo', ['ops', 'log'])).toBeUndefined();
  expect(nearest('elephants', ['listeners', 'limits'])).toBeUndefined();
  expect(nearest('x'.repeat(1_000_000), ['x'.repeat(99)])).toBeUndefined();
});
