import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Chance } from '../support/chance.ts';
import { Lane } from './lane.ts';
import type { LinkProfile } from './link.ts';

beforeEach(() => vi.useFakeTimers({ now: 0 }));
afterEach(() => vi.useRealTimers());

interface Arrival {
  number: number;
  sentMs: number;
  arrivedMs: number;
}

function packetOf(number: number): Uint8Array {
  const packet = Buffer.alloc(4);
  packet.writeUInt32LE(number);
  return packet;
}

/** Sends a packet each `everyMs` and answers what arrived, and when. */
function run(seed: number, profile: LinkProfile, count: number, everyMs: number): Arrival[] {
  const arrivals: Arrival[] = [];
  const start = Date.now();
  const deliver = (packet: Uint8Array): void => {
    const number = Buffer.from(packet).readUInt32LE();
    arrivals.push({ number, sentMs: number * everyMs, arrivedMs: Date.now() - start });
  };
  const lane = new Lane(new Chance(seed), deliver, Date.now);
  lane.profile = profile;
  for (let i = 0; i < count; i += 1) {
    lane.offer(packetOf(i));
    vi.advanceTimersByTime(everyMs);
  }
  vi.advanceTimersByTime(5_000);
  expect(lane.figures.offered).toBe(count);
  expect(lane.figures.lost).toBe(count - arrivals.length);
  return arrivals;
}

test('delivers at once and everything while the link is clear', () => {
  const arrivals = run(1, { delayMs: 0, jitterMs: 0, lossRatio: 0 }, 100, 10);
  expect(arrivals.map(({ arrivedMs, sentMs }) => arrivedMs - sentMs)).toEqual(Array(100).fill(0));
});

test('adds half of the delay and half of the jitter of a round trip', () => {
  const arrivals = run(2, { delayMs: 300, jitterMs: 100, lossRatio: 0 }, 500, 200);
  const delays = arrivals.map(({ arrivedMs, sentMs }) => arrivedMs - sentMs);
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(100);
  expect(Math.min(...delays)).toBeLessThan(105);
  expect(Math.max(...delays)).toBeGreaterThan(195);
  expect(Math.max(...delays)).toBeLessThanOrEqual(201);
});

test('keeps the order of packets, however the jitter falls', () => {
  const numbers = run(3, { delayMs: 100, jitterMs: 100, lossRatio: 0 }, 500, 1).map(({ number }) => number);
  expect(numbers).toEqual(Array.from({ length: 500 }, (_, i) => i));
});

test('loses its share of packets, the same ones for the same seed', () => {
  const lossy = { delayMs: 10, jitterMs: 0, lossRatio: 0.05 };
  const arrivals = run(4, lossy, 4_000, 1);
  expect(arrivals.length).toBeGreaterThan(3_740);
  expect(arrivals.length).toBeLessThan(3_860);
  expect(run(4, lossy, 4_000, 1)).toEqual(arrivals);
  expect(run(5, lossy, 4_000, 1)).not.toEqual(arrivals);
});

test('holds a bounded number of packets', () => {
  expect(run(6, { delayMs: 2_000, jitterMs: 0, lossRatio: 0 }, 6_000, 0)).toHaveLength(4_096);
});
