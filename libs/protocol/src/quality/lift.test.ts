import { describe, expect, test } from 'vitest';
import { randomNumbers } from '../testing/random-numbers.ts';
import { liftOf, minGroupDevices, wilsonInterval } from './lift.ts';

describe('the Wilson interval', () => {
  test('of none, half and all', () => {
    // Reference values: Newcombe 1998, method 3 (Wilson), 95 %.
    const [low, high] = wilsonInterval(81, 263);
    expect(low).toBeCloseTo(0.2553, 4);
    expect(high).toBeCloseTo(0.3662, 4);
    expect(wilsonInterval(0, 20)[0]).toBe(0);
    expect(wilsonInterval(0, 20)[1]).toBeCloseTo(0.1611, 4);
    expect(wilsonInterval(1, 29)[0]).toBeCloseTo(0.0061, 4);
    expect(wilsonInterval(1, 29)[1]).toBeCloseTo(0.1718, 4);
  });

  test('holds the share it is about, within 0 and 1, and closes in as devices are added', () => {
    const below = randomNumbers(31);
    for (let i = 0; i < 2_000; i += 1) {
      const total = 1 + below(10_000);
      const hits = below(total + 1);
      const [low, high] = wilsonInterval(hits, total);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
      expect(low).toBeLessThanOrEqual(hits / total);
      expect(high).toBeGreaterThanOrEqual(hits / total);
      const [closer, nearer] = wilsonInterval(hits * 10, total * 10);
      expect(nearer - closer).toBeLessThan(high - low);
    }
  });
});

describe('lift', () => {
  test('puts a bad firmware before three bad devices', () => {
    const firmware = liftOf(458, 1_204, 3_952, 98_796)!; // 38 % against 4 %
    const three = liftOf(3, minGroupDevices, 4_407, 99_980)!; // 15 % against 4 %
    expect(firmware).toBeGreaterThan(8);
    expect(firmware).toBeLessThan(458 / 1_204 / (3_952 / 98_796));
    expect(three).toBeLessThan(1.3);
  });

  test('is below 1 for a group that is no worse than the rest', () => {
    expect(liftOf(40, 1_000, 400, 10_000)).toBeLessThan(1);
    expect(liftOf(0, 1_000, 400, 10_000)).toBe(0);
  });

  test('is finite when nothing else is bad', () => {
    expect(liftOf(10, 20, 0, 50)).toBeGreaterThan(1);
    expect(Number.isFinite(liftOf(10, 20, 0, 1)!)).toBe(true);
  });

  test.each([
    [5, minGroupDevices - 1, 0, 100],
    [5, 50, 0, 0],
    [51, 50, 0, 100],
    [5, 50, 101, 100],
    [-1, 50, 0, 100],
    [Number.NaN, 50, 0, 100],
  ])('is undefined for %s of %s against %s of %s', (...counts) => {
    expect(liftOf(...counts)).toBeUndefined();
  });
});
