import { changeSubscriptions, claimDevice, enqueue, type QueueOp } from '@tributary/backplane';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { messageOf } from '../testing/messages.ts';
import { ReplyLoser } from '../testing/proxy.ts';
import { StoreDesk, testRedisUrl } from '../testing/store.ts';
import { until } from '../testing/until.ts';
import { Queues } from './queues.ts';

let proxy: ReplyLoser;
let desk: StoreDesk;
let queues: Queues;

beforeEach(async () => {
  proxy = await ReplyLoser.start(testRedisUrl());
  desk = await new StoreDesk(proxy.url).started();
  queues = new Queues(desk.store, desk.keys, 60_000);
});
afterEach(async () => {
  queues.close();
  await desk.close();
  await proxy.stop();
});

let nonces = 0;

/** A session that stays, with these messages in its queue. Answers its epoch. */
async function sessionWith(clientId: string, ...payloads: string[]): Promise<number> {
  const { epoch } = await claimDevice(desk.redis, desk.keys, {
    ...{ clientId, nonce: `nonce-${++nonces}`, node: 'gw-1.aaaa', now: Date.now(), cleanStart: false },
    ...{ sessionExpiry: 60, protocol: 'mqtt5', transport: 'tcp', listener: 'mqtt' },
    ...{ address: '127.0.0.1:5000', class: 'standard', keepAlive: 60 },
  });
  const added = new Map([['t', '{"qos":1}']]);
  await changeSubscriptions(desk.redis, desk.keys, {
    ...{ clientId, epoch, added, removed: [], isPersistent: true },
  });
  const requests = payloads.map((payload) => {
    const { qos: _, ...message } = messageOf({ topic: 't', payload: Buffer.from(payload) });
    const queued = { ...message, qos: 1 as const, identifiers: [7], shared: '$share/g/t' };
    return { clientId, filters: ['t'], message: queued, identity: undefined };
  });
  const limits = { maxMessages: 1000, maxBytes: 1e6, policy: 'reject' as const };
  await enqueue(desk.redis, desk.keys, requests, limits);
  return epoch;
}

const settle = (clientId: string, epoch: number, op: QueueOp['op'], n: number): Promise<boolean> =>
  new Promise((resolve) => queues.of(clientId, epoch).settle({ op, n, bytes: 66 }, resolve));
const length = (clientId: string): Promise<number> =>
  desk.redis.xlen(desk.keys.queue(desk.keys.partitionOf(clientId), clientId));

test('a queue is read in order, from where one likes', async () => {
  const epoch = await sessionWith('x', 'a', 'b', 'c');
  const queue = queues.of('x', epoch);
  expect(queue.maxAgeMs).toBe(60_000);
  const entries = await queue.read(1, 10, 1e6);
  expect(entries.map(({ n, delivery }) => `${n} ${delivery.message.payload.toString()}`)).toEqual([
    '2 b',
    '3 c',
  ]);
  expect(entries[0]?.delivery).toMatchObject({
    qos: 1,
    retain: false,
    identifiers: [7],
    shared: '$share/g/t',
  });
  expect(await queue.read(0, 2, 1e6)).toHaveLength(2);
  expect(await queue.read(3, 10, 1e6)).toEqual([]);
});

test('many queues are read at a time, each gets its own', async () => {
  const ids = Array.from({ length: 100 }, (_, n) => `device-${n}`);
  const epochs = await Promise.all(ids.map((id) => sessionWith(id, id)));
  const read = await Promise.all(ids.map((id, i) => queues.of(id, epochs[i]!).read(0, 10, 1e6)));
  expect(read.map((entries) => entries[0]?.delivery.message.payload.toString())).toEqual(ids);
});

test('reads that fail give up their place: those behind them are done', async () => {
  const ids = Array.from({ length: 100 }, (_, n) => `device-${n}`);
  const epochs = await Promise.all(ids.map((id) => sessionWith(id, id)));
  proxy.isDeaf = true;
  const reads = ids.map((id, i) =>
    queues
      .of(id, epochs[i]!)
      .read(0, 10, 1e6)
      .catch(() => []),
  );
  proxy.cut();
  await Promise.all(reads);
  await until('the store to be up', () => desk.store.isUp);
  expect(await queues.of(ids[0]!, epochs[0]!).read(0, 10, 1e6)).toHaveLength(1);
});

test('what was acknowledged is struck off, all of a turn together', async () => {
  const x = await sessionWith('x', 'a', 'b', 'c');
  const y = await sessionWith('y', 'a');
  const all = [settle('x', x, 'done', 1), settle('y', y, 'done', 1), settle('x', x, 'received', 2)];
  expect(queues.waiting).toBe(3);
  expect(await Promise.all(all)).toEqual([true, true, true]);
  expect([await length('x'), await length('y'), queues.waiting]).toEqual([1, 0, 0]);
  const session = desk.keys.session(desk.keys.partitionOf('x'), 'x');
  expect(await desk.redis.hget(session, 'tx:2')).toBe('1');
  expect(await settle('x', x, 'complete', 2)).toBe(true);
  expect(await desk.redis.hget(session, 'tx:2')).toBeNull();
});

test('an older connection of the device has no say any more', async () => {
  const older = await sessionWith('x', 'a');
  const newer = await sessionWith('x');
  const answers = [settle('x', older, 'done', 1), settle('x', newer, 'received', 9)];
  expect(await Promise.all(answers)).toEqual([false, true]);
  expect(await length('x')).toBe(1);
});

test('what a lost connection left unanswered is settled again, and told once', async () => {
  const x = await sessionWith('x', 'a', 'b');
  const y = await sessionWith('y', 'a');
  const told: boolean[] = [];
  proxy.isDeaf = true;
  const all = [settle('x', x, 'done', 1), settle('y', y, 'done', 1), settle('x', x, 'done', 2)];
  for (const one of all) void one.then((isDone) => told.push(isDone));
  await until('Redis to have carried it out', async () => (await length('x')) + (await length('y')) === 0);
  expect(told).toEqual([]);
  proxy.cut();
  expect(await Promise.all(all)).toEqual([true, true, true]);
  expect(told).toEqual([true, true, true]);
  const session = desk.keys.session(desk.keys.partitionOf('x'), 'x');
  expect(await desk.redis.hget(session, 'qbytes')).toBe('0');
});
