import { expect, test } from 'vitest';
import { BoundedCache } from './bounded-cache.ts';

test('remembers until its time, and of a full one the oldest leaves', () => {
  const cache = new BoundedCache<number>(2);
  cache.set('a', 1, 100);
  cache.set('b', 2, 100);
  expect(cache.get('a', 99)).toBe(1);
  expect(cache.get('a', 100)).toBeUndefined();
  cache.set('c', 3, 200);
  cache.set('d', 4, 200);
  expect([cache.get('b', 0), cache.get('c', 0), cache.get('d', 0), cache.size]).toEqual([undefined, 3, 4, 2]);
});

test('one without room remembers nothing', () => {
  const cache = new BoundedCache<number>(0);
  cache.set('a', 1, 100);
  expect(cache.get('a', 0)).toBeUndefined();
});
