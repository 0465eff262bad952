import { expect, test } from 'vitest';
import { WindowCounts } from './window-counts.ts';

test('counts each key for itself, over a window that slides', () => {
  const counts = new WindowCounts(1000, 10);
  for (let i = 1; i <= 10; i++) expect(counts.count('a', 0)).toBe(i);
  expect(counts.count('b', 0)).toBe(1);
  // Half of the window is over: half of what was before still counts.
  expect(counts.count('a', 1500)).toBe(1 + 10 / 2);
  expect(counts.count('a', 1999)).toBeCloseTo(2 + 10 * 0.001);
  expect(counts.count('a', 4000)).toBe(1);
});

test('never counts more than there were in two windows, whatever their rhythm', () => {
  const counts = new WindowCounts(1000, 10);
  let last = 0;
  for (let at = 0; at < 20_000; at += 100) last = counts.count('a', at);
  expect(last).toBeGreaterThan(9);
  expect(last).toBeLessThanOrEqual(11);
});

test('what is settled begins anew', () => {
  const counts = new WindowCounts(1000, 10);
  for (let i = 0; i < 5; i++) counts.count('a', 0);
  counts.forget('a');
  expect(counts.count('a', 0)).toBe(1);
});

test('a million keys leave no more than the most, and those that come again stay', () => {
  const counts = new WindowCounts(1000, 100);
  for (let i = 0; i < 1_000_000; i++) {
    counts.count(`key-${i}`, 0);
    if (i % 20 === 0) counts.count('busy', 0);
  }
  expect(counts.size).toBeLessThanOrEqual(100);
  expect(counts.count('busy', 0)).toBeGreaterThan(1000);
});

test('another window begins with nothing, the same one goes on', () => {
  const counts = new WindowCounts(1000, 10);
  counts.count('a', 0);
  counts.configure(1000);
  expect(counts.count('a', 0)).toBe(2);
  counts.configure(2000);
  expect(counts.count('a', 0)).toBe(1);
});
