import { afterAll, expect, test } from 'vitest';
import { TestStore } from '../testing/test-store.ts';
import { lookAtStreams, readPending } from './stream-looks.ts';

const store = new TestStore();
const { redis, keys } = store;
afterAll(() => store.close());

test('a stream that is not there is empty, and is not made by looking', async () => {
  expect(await lookAtStreams(redis, keys, [0, 1])).toMatchObject([
    { length: 0, groups: [] },
    { length: 0, groups: [] },
  ]);
  expect(await store.names()).toEqual([]);
});

test('tells of length, ages, what was ever added, and how far each group is', async () => {
  const key = keys.uplink(2);
  for (let i = 1; i <= 5; i++) await redis.xadd(key, `${i * 1000}-0`, 'payload', 'x'.repeat(100_000));
  await redis.xtrim(key, 'MAXLEN', 4);
  await redis.xgroup('CREATE', key, 'billing', '0');
  await redis.xgroup('CREATE', key, '<b>', '$');
  await redis.xreadgroup('GROUP', 'billing', 'w-1', 'COUNT', 2, 'STREAMS', key, '>');
  const [look] = await lookAtStreams(redis, keys, [2]);
  expect(look).toMatchObject({
    ...{ length: 4, oldestAt: 2000, newestAt: 5000, entriesAdded: 5 },
    groups: [
      { name: '<b>', lag: 0, pending: 0, oldestPendingAt: undefined, consumers: 0, idleMs: undefined },
      { name: 'billing', lag: 2, pending: 2, oldestPendingAt: 2000, consumers: 1, lastDeliveredId: '3000-0' },
    ],
  });
  expect(look?.bytes).toBeGreaterThan(400_000);
  expect(look?.groups[1]?.idleMs).toBeGreaterThanOrEqual(0);
});

test('one stream that is none spoils nothing for the others', async () => {
  await redis.set(keys.uplink(3), 'text');
  const [broken, good] = await lookAtStreams(redis, keys, [3, 2]);
  expect(broken).toBeUndefined();
  expect(good?.length).toBe(4);
});

test('what is not acknowledged, page by page', async () => {
  const first = await readPending(redis, keys, 2, 'billing', 1);
  expect(first).toMatchObject([{ id: '2000-0', consumer: 'w-1', deliveries: 1 }]);
  expect(await readPending(redis, keys, 2, 'billing', 5, '2000-0')).toMatchObject([{ id: '3000-0' }]);
  await expect(readPending(redis, keys, 2, 'nobody', 1)).rejects.toThrow('NOGROUP');
});
