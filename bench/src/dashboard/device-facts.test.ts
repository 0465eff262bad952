import { expect, test } from 'vitest';
import { connectionOf, hotDevices, idOf, qualityOf } from './device-facts.ts';

const numbers = Array.from({ length: 5000 }, (_, number) => number);

test('every device has an id of its own, and those that send all the time come first', () => {
  const ids = numbers.map(idOf);
  expect(new Set(ids).size).toBe(ids.length);
  const first = [...ids].sort((a, b) => (a < b ? -1 : 1)).slice(0, hotDevices);
  expect(new Set(first)).toEqual(new Set(ids.slice(0, hotDevices)));
});

test('a score and its penalties make 100, and the same device is the same again', () => {
  for (const number of numbers) {
    const { score, penalties } = qualityOf(number, 1, number % 50);
    expect(score! + Object.values(penalties).reduce((sum, points) => sum + points, 0)).toBe(100);
    expect(score).toBeGreaterThanOrEqual(0);
    expect(connectionOf(number)).toEqual(connectionOf(number));
  }
});

test('there is something to find: a bad firmware, far links, all bands', () => {
  const bands = new Map<string, number>();
  for (const number of numbers) {
    const { band } = qualityOf(number, 1, 1);
    bands.set(band, (bands.get(band) ?? 0) + 1);
  }
  expect([...bands.keys()].sort()).toEqual(['bad', 'excellent', 'fair', 'good', 'poor']);
});
