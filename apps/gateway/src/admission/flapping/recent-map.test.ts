import { expect, test } from 'vitest';
import { RecentMap } from './recent-map.ts';

test('keeps what was used last, and half of the most at least', () => {
  const map = new RecentMap<number>(10);
  for (let i = 0; i < 100; i++) {
    map.set(`key-${i}`, i);
    expect(map.get('key-0')).toBe(0);
    expect(map.size).toBeLessThanOrEqual(10);
  }
  for (let i = 97; i < 100; i++) expect(map.get(`key-${i}`)).toBe(i);
  expect(map.get('key-50')).toBeUndefined();
});

test('has one value of a key, and none that was deleted', () => {
  const map = new RecentMap<number>(10);
  map.set('a', 1);
  for (let i = 0; i < 4; i++) map.set(`key-${i}`, i);
  map.set('a', 2);
  expect([map.get('a'), map.size]).toEqual([2, 5]);
  map.delete('a');
  expect(map.get('a')).toBeUndefined();
  map.clear();
  expect(map.size).toBe(0);
});
