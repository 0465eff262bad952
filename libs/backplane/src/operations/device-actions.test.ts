import { afterAll, afterEach, expect, test } from 'vitest';
import { TestStore } from '../testing/test-store.ts';
import { encodeTimelineLine } from '../presence/timeline.ts';
import { noteAction } from './device-actions.ts';

const store = new TestStore();
const { redis, keys } = store;
afterEach(() => store.clear());
afterAll(() => store.close());

const device = 'pump/1';
const partition = keys.partitionOf(device);
const record = keys.device(partition, device);
const history = keys.history(partition, device);
const action = {
  ...{ device, epoch: 3, node: 'gw-1.aaaa', action: 'disconnect', by: 'ann', reason: 'fw 2.4.1' },
  ...{ outcome: 'disconnected', ts: 1_700_000_000_000 },
};

test('an action stands in the history of its device and expires with its record', async () => {
  await redis.hset(record, 'state', 'offline');
  await redis.pexpire(record, 60_000);
  expect(await noteAction(redis, keys, action)).toBe(true);
  const { device: _, ...facts } = action;
  const fields = Object.entries({ kind: 'action', ...facts })
    .flat()
    .map(String);
  const lines = (await redis.lrange(history, 0, -1)).map((line) => JSON.parse(line) as string[]);
  expect(lines.map(([, ...found]) => found)).toEqual([fields]);
  const left = await redis.pttl(history);
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThanOrEqual(60_000);
});

test('the history of a connected device does not expire', async () => {
  await redis.hset(record, 'state', 'online');
  await redis.lpush(history, encodeTimelineLine('1-0', { kind: 'connected' }));
  await redis.pexpire(history, 60_000);
  await noteAction(redis, keys, action);
  expect(await redis.pttl(history)).toBe(-1);
});

test('a device nobody knows gets no history', async () => {
  expect(await noteAction(redis, keys, action)).toBe(false);
  expect(await store.names()).toEqual([]);
});
