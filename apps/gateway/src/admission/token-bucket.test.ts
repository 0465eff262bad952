import { expect, test } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

test('a burst goes through at once, and then the rate', () => {
  const bucket = new TokenBucket(10, 3, 0);
  expect([1, 2, 3, 4].map(() => bucket.take(1, 0))).toEqual([true, true, true, false]);
  expect(bucket.waitMs(1, 0)).toBe(100);
  expect(bucket.take(1, 99)).toBe(false);
  expect(bucket.take(1, 100)).toBe(true);
});

test('over any time it gives no more than the rate and one burst', () => {
  const bucket = new TokenBucket(50, 20, 0);
  let given = 0;
  for (let nowMs = 0; nowMs <= 10_000; nowMs += 7) if (bucket.take(1, nowMs)) given++;
  expect(given).toBeGreaterThan(500);
  expect(given).toBeLessThanOrEqual(520);
});

test('a gap of any length fills no further than the burst', () => {
  const bucket = new TokenBucket(10, 5, 0);
  bucket.spend(5, 0);
  expect(bucket.level(Number.MAX_SAFE_INTEGER)).toBe(5);
});

test('a clock that stands still refills nothing, and one that goes back starts again from there', () => {
  const bucket = new TokenBucket(1000, 1, 5000);
  bucket.spend(1, 5000);
  expect(bucket.take(1, 5000)).toBe(false);
  expect(bucket.take(1, 1000)).toBe(false);
  expect(bucket.take(1, 1001)).toBe(true);
});

test('what is spent beyond the level is a debt that time pays', () => {
  const bucket = new TokenBucket(10, 5, 0);
  expect(bucket.spend(5, 0)).toBe(0);
  expect(bucket.spend(3, 0)).toBe(300);
  expect(bucket.debtMs(100)).toBeCloseTo(200);
  expect(bucket.debtMs(300)).toBeCloseTo(0);
  expect(bucket.take(1, 350)).toBe(false);
  expect(bucket.take(1, 401)).toBe(true);
});

test('a price above the burst can be spent, and never taken', () => {
  const bucket = new TokenBucket(100, 10, 0);
  expect(bucket.waitMs(11, 0)).toBe(Infinity);
  expect(bucket.take(11, 0)).toBe(false);
  expect(bucket.spend(110, 0)).toBe(1000);
});

test('what is given back is there again, up to the burst', () => {
  const bucket = new TokenBucket(1, 2, 0);
  bucket.spend(3, 0);
  bucket.giveBack(2);
  expect(bucket.level(0)).toBe(1);
  bucket.giveBack(9);
  expect(bucket.level(0)).toBe(2);
});

test('another rate counts from now on; a debt stays one, and the burst cuts what is there', () => {
  const bucket = new TokenBucket(1, 100, 0);
  bucket.configure(10, 4, 0);
  expect(bucket.level(0)).toBe(4);
  bucket.spend(6, 0);
  bucket.configure(20, 8, 0);
  expect(bucket.debtMs(0)).toBe(100);
});
