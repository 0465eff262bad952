import { afterAll, afterEach, expect, test } from 'vitest';
import { TestStore } from '../testing/test-store.ts';
import { noteThrottled, type ThrottledFacts } from './throttled.ts';
import { readTimeline } from './timeline.ts';

const store = new TestStore();
const { redis, keys } = store;
afterEach(() => store.clear());
afterAll(() => store.close());

const facts: ThrottledFacts = {
  device: 'pump',
  epoch: 7,
  node: 'gw-1.a',
  ts: 1_700_000_000_000,
  scope: 'device',
  reason: 'message-rate',
  rule: 'rates.device.messages',
  limit: '50/s, burst 100',
  action: 'pause',
  isObserved: false,
  count: 41,
  refused: 0,
  pausedMs: 820,
  waitMs: 20,
  sent: undefined,
};
const record = keys.device(keys.partitionOf('pump'), 'pump');
const written = {
  ...{ epoch: '7', node: 'gw-1.a', ts: '1700000000000', scope: 'device', reason: 'message-rate' },
  ...{ rule: 'rates.device.messages', limit: '50/s, burst 100', action: 'pause' },
  ...{ count: '41', refused: '0', pausedMs: '820', waitMs: '20' },
};

test('stands in the timeline of its device and as an event, for as long as the record', async () => {
  await redis.hset(record, 'state', 'offline');
  await redis.pexpire(record, 60_000);
  expect(await noteThrottled(redis, keys, facts)).toBe(true);
  const [line] = await readTimeline(redis, keys, 'pump', 10);
  expect(Object.fromEntries(line!.fields)).toEqual({ kind: 'throttled', ...written });
  const [event] = await store.events('pump');
  expect(event).toEqual({ type: 'throttled', device: 'pump', ...written });
  const leftMs = await redis.pttl(keys.history(keys.partitionOf('pump'), 'pump'));
  expect(leftMs).toBeGreaterThan(50_000);
  expect(leftMs).toBeLessThanOrEqual(60_000);
});

test('what only watches says so, and what the device sent', async () => {
  await redis.hset(record, 'state', 'online');
  await noteThrottled(redis, keys, { ...facts, isObserved: true, sent: 91.23456 });
  expect(await store.events('pump')).toEqual([
    { type: 'throttled', device: 'pump', ...written, observed: '1', sent: '91.23' },
  ]);
  expect(await redis.pttl(keys.history(keys.partitionOf('pump'), 'pump'))).toBe(-1);
});

test('nothing is written of a device that nobody knows', async () => {
  expect(await noteThrottled(redis, keys, facts)).toBe(false);
  expect(await store.events('pump')).toEqual([]);
  expect(await redis.exists(keys.history(keys.partitionOf('pump'), 'pump'))).toBe(0);
});

test('the timeline keeps its length', async () => {
  await redis.hset(record, 'state', 'online');
  for (let i = 0; i < 12; i++) await noteThrottled(redis, keys, { ...facts, count: i }, 10);
  expect(await readTimeline(redis, keys, 'pump', 100)).toHaveLength(10);
});
