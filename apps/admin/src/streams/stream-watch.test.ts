import { Store } from '@tributary/backplane';
import { ManualClock } from '@tributary/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Fleet } from '../fleet/fleet.ts';
import { StreamsChannel } from '../live/streams-channel.ts';
import { arrivalOf } from '../testing/device-facts.ts';
import { GatewayDouble } from '../testing/gateway-double.ts';
import { until } from '../testing/until.ts';
import { StreamWatch } from './stream-watch.ts';

const gateway = new GatewayDouble();
const { keys, redis } = gateway;
const clock = new ManualClock();
const store = new Store({ url: gateway.url, name: 'test', connectTimeoutMs: 2000, replyTimeoutMs: 5000 });
const doubles = [gateway];

function watchOf(double: GatewayDouble): { fleet: Fleet; streams: StreamWatch } {
  const fleet = new Fleet(clock, { maxDevices: 1000 });
  fleet.keys = double.keys;
  return { fleet, streams: new StreamWatch({ store, clock, fleet }) };
}

beforeAll(async () => {
  store.start();
  await until(() => store.isUp);
});

afterAll(async () => {
  await store.close();
  for (const double of doubles) await double.stop();
});

test('tells of each partition and group, and sums groups over partitions', async () => {
  const { fleet, streams } = watchOf(gateway);
  for (const partition of [0, 2]) {
    const key = keys.uplink(partition);
    for (let i = 1; i <= 10; i++) await redis.xadd(key, `${i}000-0`, 'payload', 'x');
    await redis.xgroup('CREATE', key, 'billing', '0');
    await redis.xreadgroup('GROUP', 'billing', 'w', 'COUNT', 3, 'STREAMS', key, '>');
  }
  fleet.index.applyArrival(arrivalOf('pump-1', 1));
  const before = await redis.keys(`${keys.namespace}:*`);
  const told = await streams.fresh();
  expect(await redis.keys(`${keys.namespace}:*`)).toHaveLength(before.length);
  expect(told).toMatchObject({
    ...{ total: 4, maxLength: null, queued: { messages: 0, bytes: 0 } },
    groups: [{ name: 'billing', lag: 14, pending: 6, oldestPendingAt: 1000, partitions: 2, consumers: 2 }],
  });
  expect(told.partitions.map(({ partition, length, rate }) => [partition, length, rate])).toEqual([
    [0, 10, null],
    [1, 0, null],
    [2, 10, null],
    [3, 0, null],
  ]);
  expect(told.partitions[keys.partitionOf('pump-1')]?.devices).toBe(1);
  expect(told.redis?.usedMemoryBytes).toBeGreaterThan(0);
});

test('rates are what was added between two looks', async () => {
  const { streams } = watchOf(gateway);
  await streams.look();
  for (let i = 0; i < 5; i++) await redis.xadd(keys.uplink(1), '*', 'payload', 'x');
  clock.advance(2000);
  const told = await streams.fresh();
  expect(told.partitions.map(({ rate }) => rate)).toEqual([0, 2.5, 0, 0]);
});

test('of 4096 partitions each look takes a part, and the furthest behind are listed', async () => {
  const many = new GatewayDouble({ partitions: 4096 });
  doubles.push(many);
  const { streams } = watchOf(many);
  const key = many.keys.uplink(4000);
  await many.redis.xadd(key, '1-0', 'payload', 'x');
  await many.redis.xgroup('CREATE', key, 'g', '0');
  // More streams hold something than are listed.
  const pipeline = many.redis.pipeline();
  for (let p = 0; p < 200; p++) pipeline.xadd(many.keys.uplink(p), '2-0', 'payload', 'x');
  await pipeline.exec();
  const looks = 4096 / 64;
  for (let i = 0; i < looks; i++) await streams.look();
  const told = streams.streams();
  expect(told).toMatchObject({ total: 4096, groups: [{ name: 'g', lag: 1 }] });
  expect(told.partitions).toHaveLength(128);
  expect(told.sums).toMatchObject({ length: 201, oldestAt: 1 });
  expect(told.partitions.map(({ partition }) => partition)).toContain(4000);
});

test('nobody looks for a viewer who has left; each look is sent once', async () => {
  const { streams } = watchOf(gateway);
  const channel = new StreamsChannel(streams);
  channel.snapshot();
  await until(() => streams.version === 1);
  expect(channel.delta()).toMatchObject({ streams: { total: 4 } });
  expect(channel.delta()).toBeUndefined();
  channel.close();
});

test('of many partitions a viewer hears less often, 8 kB a second at the most', async () => {
  const { streams } = watchOf(doubles.at(-1)!);
  await streams.look();
  await streams.look();
  const channel = new StreamsChannel(streams);
  const bytes = JSON.stringify(channel.snapshot()).length;
  await streams.look();
  let looks = 1;
  while (channel.delta() === undefined) {
    await streams.look();
    looks++;
  }
  expect(bytes / looks).toBeLessThanOrEqual(8000);
  expect(looks).toBeGreaterThan(1);
  channel.close();
});

test('pending entries page by page; what is not there is not found', async () => {
  const { streams } = watchOf(gateway);
  const first = await streams.pending(0, 'billing', 2);
  expect(first).toMatchObject({ items: [{ storedAt: 1000, consumer: 'w' }, { storedAt: 2000 }] });
  expect(await streams.pending(0, 'billing', 2, first.nextCursor!)).toMatchObject({
    ...{ items: [{ storedAt: 3000 }], nextCursor: null },
  });
  await expect(streams.pending(0, '<b>', 2)).rejects.toMatchObject({ code: 'group-not-found' });
  await expect(streams.pending(3, 'billing', 2)).rejects.toMatchObject({ code: 'group-not-found' });
  await expect(streams.pending(4, 'billing', 2)).rejects.toMatchObject({ code: 'partition-not-found' });
});

test('before any gateway there is nothing to see', async () => {
  const { fleet, streams } = watchOf(gateway);
  fleet.keys = undefined;
  expect(await streams.fresh()).toMatchObject({ partitions: [], total: 0, groups: [], redis: null });
  expect(streams.streams().sums).toEqual({ length: 0, bytes: 0, oldestAt: null });
});
