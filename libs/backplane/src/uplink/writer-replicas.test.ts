import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { claimDevice } from '../presence/claims.ts';
import { OwnRedis } from '../testing/own-redis.ts';
import { claimOf, TestStore } from '../testing/test-store.ts';
import { until } from '../testing/until.ts';
import { WriterDesk } from '../testing/writer-desk.ts';

let own: OwnRedis;
let replica: OwnRedis;
let onReplica: Redis;
let store: TestStore;
let desk: WriterDesk | undefined;

beforeAll(async () => {
  [own, replica] = await Promise.all([OwnRedis.start(), OwnRedis.start()]);
  onReplica = new Redis(replica.url);
  const { port } = new URL(own.url);
  const master = new Redis(own.url);
  await master.config('SET', 'repl-diskless-sync-delay', '0');
  await onReplica.replicaof('127.0.0.1', port);
  await until('the replica to follow', async () => (await master.wait(1, 50)) === 1);
  master.disconnect();
});
beforeEach(() => {
  store = new TestStore(own.url);
});
afterEach(() => {
  desk?.writer.close();
  store.redis.disconnect();
});
afterAll(async () => {
  onReplica.disconnect();
  await Promise.all([own.stop(), replica.stop()]);
});

const openDesk = async (count: number, timeoutMs = 10_000): Promise<WriterDesk> =>
  (desk = await new WriterDesk(own.url, store.keys, { replicas: { count, timeoutMs } }).started());

test('what is told stored is on the replica too', async () => {
  await openDesk(1);
  const { epoch } = await claimDevice(store.redis, store.keys, claimOf('a', { sessionExpiry: 60 }));
  const [device, other] = [desk!.device('a', epoch), desk!.device('b', 1)];
  let told = 0;
  for (let round = 1; round <= 5; round++) {
    for (let i = 1; i <= 20; i++) {
      device.send(2, 'x', (round - 1) * 20 + i);
      other.send(i % 2 === 0 ? 0 : 1);
    }
    await until('some of it to be stored', () => device.settlements.length > told);
    told = device.settlements.length;
    const key = store.keys.uplink(store.keys.partitionOf('a'));
    expect(await onReplica.xlen(key)).toBeGreaterThanOrEqual(told);
  }
  await desk!.settled();
  expect(device.tokens('STORED')).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  expect(other.tokens('STORED')).toHaveLength(100);
  expect(desk!.downs).toEqual([]);
});

test('with fewer replicas than asked a message is not acknowledged, nor any of its device behind it; QoS 0 is as the master has it', async () => {
  await openDesk(2, 100);
  const [device, other] = [desk!.device('c', 1), desk!.device('d', 1)];
  device.send(1);
  device.send(0);
  device.send(1);
  other.send(0);
  await desk!.settled();
  expect(device.settlements).toEqual(['NOT_REPLICATED QOS1 1', 'STORED QOS0 2', 'NOT_REPLICATED QOS1 3']);
  expect(other.settlements).toEqual(['STORED QOS0 1']);
  expect(device.channel.isBroken).toBe(true);
  // The master has it all the same: the device will send it again, and it stands there twice.
  expect(await store.uplink('c')).toHaveLength(3);
});

test('what a lost link left without the answer of its WAIT is sent again, in order', async () => {
  await openDesk(1);
  const device = desk!.device('e', 1);
  own.pause();
  for (let i = 0; i < 5; i++) device.send(1);
  await until('the flush to leave', () => desk!.writer.flushes > 0);
  const list = async (): Promise<string> => String(await store.redis.client('LIST'));
  own.resume();
  const id = /^id=(\d+) .* name=writer-test /m.exec(await list())?.[1];
  await store.redis.client('KILL', 'ID', id!).catch(() => undefined);
  for (let i = 0; i < 5; i++) device.send(1);
  await desk!.settled();
  expect(device.tokens('STORED')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const seqs = (await store.uplink('e')).map(({ seq }) => Number(seq));
  expect([...new Set(seqs)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});
