import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRedis, isReplyError } from '../store.ts';
import { OwnRedis } from '../testing/own-redis.ts';
import { claimOf, everyByte, messageOf, releaseOf, TestStore } from '../testing/test-store.ts';
import { claimDevice, releaseDevice } from './claims.ts';
import {
  enqueue,
  type EnqueueAnswer,
  type EnqueueRequest,
  type QueueLimits,
  type QueueMessage,
  readQueue,
  settleQueue,
} from './queue.ts';
import { changeSubscriptions } from './sessions.ts';

const store = new TestStore();
const { redis, keys } = store;
afterEach(() => store.clear());
afterAll(() => store.close());

const id = 'pump-1';
const p = keys.partitionOf(id);
const queued = (differs: Partial<QueueMessage> = {}): QueueMessage => ({
  ...messageOf({ epoch: 0, seq: 0 }),
  ...{ identifiers: undefined, shared: undefined },
  ...differs,
});
const roomy: QueueLimits = { maxMessages: 1000, maxBytes: 1_000_000, policy: 'drop-oldest' };
const request = (differs: Partial<EnqueueRequest> = {}): EnqueueRequest => ({
  ...{ clientId: id, filters: ['a/#'], message: queued(), identity: undefined },
  ...differs,
});
const put = async (
  differs: Partial<EnqueueRequest> = {},
  limits: Partial<QueueLimits> = {},
): Promise<EnqueueAnswer> => (await enqueue(redis, keys, [request(differs)], { ...roomy, ...limits }))[0]!;
const read = (after = 0, count = 100, maxBytes = 1e9): ReturnType<typeof readQueue> =>
  readQueue(redis, keys, id, after, count, maxBytes);
const ns = async (): Promise<number[]> => (await read()).map(({ n }) => n);
const queuedBytes = async (): Promise<number> => Number((await store.session(id))['qbytes']);

async function subscribe(clientId: string, epoch: number, filter: string): Promise<void> {
  await changeSubscriptions(redis, keys, {
    ...{ clientId, epoch, added: new Map([[filter, '{}']]), removed: [], isPersistent: true },
  });
}
let epoch = 0;
beforeEach(async () => {
  ({ epoch } = await claimDevice(redis, keys, claimOf(id, { sessionExpiry: 60 })));
  await subscribe(id, epoch, 'a/#');
});

describe('a queue', () => {
  const full = queued({
    ...{
      topic: 'ä',
      qos: 2,
      retain: true,
      payload: everyByte,
      expiresAt: 1_700_000_060_000,
      contentType: 'ö',
    },
    props: { responseTopic: 'r', user: [['k', '\n']] },
    ...{ identifiers: [1, 268_435_455], shared: '$share/g/a/#' },
  });

  test.each([
    ['only what every message has', queued()],
    ['an empty payload', queued({ payload: Buffer.alloc(0) })],
    ['every field and every byte', full],
  ])('gives a message back as it was with %s', async (_, message) => {
    expect(await put({ message })).toEqual({ status: 'queued', n: 1, dropped: 0, owner: 'gw-1.aaaa' });
    const bytes = message.payload.length + Buffer.byteLength(message.topic) + 64;
    expect(await read()).toEqual([{ n: 1, bytes, message }]);
    expect(await queuedBytes()).toBe(bytes);
  });

  test('stands in Redis as documented', async () => {
    await put({ message: { ...full, payload: Buffer.from('x') } });
    expect(await redis.xrange(keys.queue(p, id), '-', '+')).toEqual([
      [
        '1-0',
        [
          ...[
            'topic',
            'ä',
            'qos',
            '2',
            'ts',
            '1700000000000',
            'payload',
            'x',
            'bytes',
            '67',
            'from',
            'sender',
          ],
          ...['retain', '1', 'expires', '1700000060000', 'ctype', 'ö'],
          ...[
            'props',
            '{"responseTopic":"r","user":[["k","\\n"]]}',
            'ids',
            '1,268435455',
            'shared',
            '$share/g/a/#',
          ],
        ],
      ],
    ]);
  });

  test('takes many messages for many devices in their order', async () => {
    const other = 'pump-2';
    const claim = await claimDevice(redis, keys, claimOf(other, { sessionExpiry: 60 }));
    await subscribe(other, claim.epoch, 'a/#');
    const requests = Array.from({ length: 200 }, (_, i) =>
      request({ clientId: i % 2 === 0 ? id : other, message: queued({ payload: Buffer.from(`${i}`) }) }),
    );
    const answers = await enqueue(redis, keys, requests, roomy);
    expect(answers.map((answer) => answer.status === 'queued' && answer.n)).toEqual(
      requests.map((_, i) => Math.floor(i / 2) + 1),
    );
    expect((await read()).map(({ message }) => message.payload.toString())).toEqual(
      Array.from({ length: 100 }, (_, i) => `${i * 2}`),
    );
  });

  test('tells which node holds the device, and none while it is away', async () => {
    await releaseDevice(redis, keys, releaseOf(id));
    expect(await put()).toEqual({ status: 'queued', n: 1, dropped: 0, owner: undefined });
    await claimDevice(redis, keys, claimOf(id, { nonce: 'nonce-b', node: 'gw-2.bbbb', sessionExpiry: 60 }));
    expect(await put()).toEqual({ status: 'queued', n: 2, dropped: 0, owner: 'gw-2.bbbb' });
  });

  test('is gone where the session does not exist, or holds none of the filters', async () => {
    expect(await put({ clientId: 'nobody' })).toEqual({ status: 'gone' });
    expect(await put({ filters: ['b', 'a/+'] })).toEqual({ status: 'gone' });
    expect(await put({ filters: [] })).toEqual({ status: 'gone' });
    expect(await put({ filters: ['b', 'a/#'] })).toMatchObject({ status: 'queued', n: 1 });
    expect((await store.names()).filter((name) => name.includes('nobody'))).toEqual([]);
  });
});

describe('a message with an identity', () => {
  test('is queued once; one without, as often as it comes', async () => {
    const identity = 'sender/3/9';
    expect(await put({ identity })).toMatchObject({ status: 'queued', n: 1 });
    expect(await put({ identity })).toEqual({ status: 'held' });
    expect(await put({ identity: 'sender/3/10' })).toMatchObject({ status: 'queued', n: 2 });
    expect(await put()).toMatchObject({ status: 'queued', n: 3 });
    expect(await put()).toMatchObject({ status: 'queued', n: 4 });
  });

  test('is not queued again when the device has had it already', async () => {
    const identity = 'sender/3/9';
    await put({ identity });
    const [first] = await read();
    await settleQueue(redis, keys, [
      { clientId: id, epoch, ops: [{ op: 'done', n: 1, bytes: first!.bytes }] },
    ]);
    expect(await put({ identity })).toEqual({ status: 'held' });
  });

  test('is remembered for an hour', async () => {
    const identity = 'sender/3/9';
    await put({ identity });
    const routed = keys.routed(p, id);
    expect(await redis.pttl(routed)).toBeGreaterThan(3_590_000);
    const [seconds] = await redis.time();
    await redis.zadd(routed, (Number(seconds) - 3590) * 1000, identity);
    expect(await put({ identity })).toEqual({ status: 'held' });
    await redis.zadd(routed, (Number(seconds) - 3601) * 1000, identity);
    expect(await put({ identity })).toMatchObject({ status: 'queued', n: 2 });
  });

  test('that found no room may come again', async () => {
    const identity = 'sender/3/9';
    expect(await put({ identity }, { maxMessages: 0 })).toEqual({ status: 'full' });
    expect(await put({ identity })).toMatchObject({ status: 'queued', n: 1 });
  });
});

describe('a full queue', () => {
  test('with policy reject takes nothing more, by count and by bytes', async () => {
    const byCount = { policy: 'reject', maxMessages: 2 } as const;
    for (const status of ['queued', 'queued', 'full'])
      expect(await put({}, byCount)).toMatchObject({ status });
    const bytes = await queuedBytes();
    const byBytes = (room: number) => ({ policy: 'reject', maxBytes: bytes + room }) as const;
    expect(await put({}, byBytes(71))).toEqual({ status: 'full' });
    expect(await put({}, byBytes(72))).toMatchObject({ status: 'queued', n: 3 });
    expect(await ns()).toEqual([1, 2, 3]);
  });

  test('with policy drop-oldest drops by count, and counts it', async () => {
    for (let i = 0; i < 3; i++) await put({}, { maxMessages: 3 });
    expect(await put({}, { maxMessages: 3 })).toMatchObject({ status: 'queued', n: 4, dropped: 1 });
    expect(await put({}, { maxMessages: 1 })).toMatchObject({ status: 'queued', n: 5, dropped: 3 });
    expect(await ns()).toEqual([5]);
    expect(await store.session(id)).toMatchObject({ qdropped: '4', qbytes: '72', n: '5' });
  });

  test('with policy drop-oldest drops by bytes, as many as it takes', async () => {
    for (let i = 0; i < 10; i++) await put();
    const large = queued({ payload: Buffer.alloc(500) });
    const answer = await put({ message: large }, { maxBytes: 800 });
    expect(answer).toMatchObject({ status: 'queued', n: 11, dropped: 7 });
    expect(await ns()).toEqual([8, 9, 10, 11]);
    expect(await queuedBytes()).toBe(3 * 72 + 567);
  });

  test.each(['drop-oldest', 'reject'] as const)(
    'with policy %s drops nothing for a message that has no room even alone',
    async (policy) => {
      await put();
      const large = queued({ payload: Buffer.alloc(1000) });
      expect(await put({ message: large }, { policy, maxBytes: 1066 })).toEqual({ status: 'full' });
      expect(await ns()).toEqual([1]);
    },
  );

  test('has room again once messages are settled', async () => {
    await put({}, { policy: 'reject', maxMessages: 1 });
    const ops = (await read()).map(({ n, bytes }) => ({ op: 'done' as const, n, bytes }));
    await settleQueue(redis, keys, [{ clientId: id, epoch, ops }]);
    expect(await put({}, { policy: 'reject', maxMessages: 1, maxBytes: 72 })).toMatchObject({ n: 2 });
  });

  test('that was emptied counts its bytes anew', async () => {
    await put();
    await redis.xtrim(keys.queue(p, id), 'MAXLEN', 0);
    await put();
    expect(await queuedBytes()).toBe(72);
  });
});

describe('settling', () => {
  const settle = (
    ops: { op: 'done' | 'received' | 'complete'; n: number }[],
    differs: { epoch?: number; clientId?: string } = {},
  ): ReturnType<typeof settleQueue> =>
    settleQueue(redis, keys, [
      { clientId: id, epoch, ops: ops.map((op) => ({ ...op, bytes: 72 })), ...differs },
    ]);

  test('removes what is done, once', async () => {
    for (let i = 0; i < 3; i++) await put();
    expect(await settle([{ op: 'done', n: 2 }])).toEqual(['done']);
    expect(await settle([{ op: 'done', n: 2 }])).toEqual(['done']);
    expect(await settle([{ op: 'done', n: 99 }])).toEqual(['done']);
    expect(await ns()).toEqual([1, 3]);
    expect(await queuedBytes()).toBe(144);
  });

  test('keeps in mind what was received until it is complete', async () => {
    for (let i = 0; i < 12; i++) await put();
    await settle([
      { op: 'received', n: 11 },
      { op: 'received', n: 2 },
      { op: 'received', n: 3 },
      { op: 'done', n: 1 },
      { op: 'complete', n: 3 },
      { op: 'complete', n: 77 },
    ]);
    expect(await ns()).toEqual([4, 5, 6, 7, 8, 9, 10, 12]);
    expect(await queuedBytes()).toBe(8 * 72);
    await releaseDevice(redis, keys, releaseOf(id, { sent: 5 }));
    const { queue } = await claimDevice(redis, keys, claimOf(id, { nonce: 'nonce-b', sessionExpiry: 60 }));
    expect(queue).toEqual({ counter: 12, sent: 5, length: 8, awaitingComplete: [2, 11] });
  });

  test('keeps in mind also what was dropped while the device received it', async () => {
    await put();
    await put({}, { maxMessages: 1 });
    expect(await settle([{ op: 'received', n: 1 }])).toEqual(['done']);
    expect(await store.session(id)).toMatchObject({ 'tx:1': '1', 'qbytes': '72' });
  });

  test('is refused to an epoch that no longer speaks for the device', async () => {
    await put();
    await claimDevice(redis, keys, claimOf(id, { nonce: 'nonce-b', sessionExpiry: 60 }));
    const before = await store.session(id);
    for (const op of ['done', 'received', 'complete'] as const) {
      expect(await settle([{ op, n: 1 }])).toEqual(['superseded']);
    }
    expect(await settle([{ op: 'done', n: 1 }], { clientId: 'nobody' })).toEqual(['lost']);
    expect(await store.session(id)).toEqual(before);
    expect(await ns()).toEqual([1]);
  });

  test('of many devices answers for each', async () => {
    await put();
    const answers = await settleQueue(redis, keys, [
      { clientId: 'nobody', epoch: 1, ops: [] },
      { clientId: id, epoch, ops: [{ op: 'done', n: 1, bytes: 72 }] },
      { clientId: id, epoch: epoch + 1, ops: [{ op: 'done', n: 1, bytes: 72 }] },
    ]);
    expect(answers).toEqual(['lost', 'done', 'superseded']);
  });
});

describe('reading', () => {
  beforeEach(async () => {
    await enqueue(
      redis,
      keys,
      Array.from({ length: 50 }, () => request()),
      roomy,
    );
  });
  const from = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);
  const numbersOf = async (after: number, count: number, maxBytes = 1e9): Promise<number[]> =>
    (await read(after, count, maxBytes)).map(({ n }) => n);

  test.each([1, 15, 16, 17, 32, 49, 50, 51])('goes on behind the last, %d at a time', async (count) => {
    expect(await numbersOf(0, count)).toEqual(from(1, Math.min(count, 50)));
    expect(await numbersOf(40, count)).toEqual(from(41, Math.min(count, 10)));
    expect(await numbersOf(50, count)).toEqual([]);
  });

  test('stops at the bytes that are wanted, yet reads one', async () => {
    expect(await numbersOf(0, 100, 72 * 20)).toEqual(from(1, 20));
    expect(await numbersOf(0, 100, 72 * 20 - 1)).toEqual(from(1, 19));
    expect(await numbersOf(5, 100, 0)).toEqual([6]);
  });

  test('steps over what was removed', async () => {
    const ops = from(1, 48).map((n) => ({ op: 'done', n, bytes: 72 }) as const);
    await settleQueue(redis, keys, [{ clientId: id, epoch, ops }]);
    expect(await numbersOf(0, 2)).toEqual([49, 50]);
  });

  test('finds nothing where there is no queue', async () => {
    expect(await readQueue(redis, keys, 'nobody', 0, 10, 1000)).toEqual([]);
  });
});

test('a message that Redis refuses is told as its error, and the others are queued', async () => {
  await redis.hset(keys.session(p, id), 'n', 'x');
  const other = 'pump-2';
  const claim = await claimDevice(redis, keys, claimOf(other, { sessionExpiry: 60 }));
  await subscribe(other, claim.epoch, 'a/#');
  const [broken, good] = await enqueue(redis, keys, [request(), request({ clientId: other })], roomy);
  expect(good).toMatchObject({ status: 'queued', n: 1 });
  expect(broken?.status === 'error' && isReplyError(broken.error)).toBe(true);
});

test('where Redis does not answer, every message and settlement ends as an error that is no reply', async () => {
  const own = await OwnRedis.start();
  const client = createRedis({ url: own.url, name: 'queue', connectTimeoutMs: 1000, replyTimeoutMs: 100 });
  await client.connect();
  own.pause();
  const [answers, settled] = await Promise.all([
    enqueue(client, keys, [request(), request()], roomy),
    settleQueue(client, keys, [{ clientId: id, epoch, ops: [] }]),
  ]);
  expect(answers.map((answer) => answer.status === 'error' && !isReplyError(answer.error))).toEqual([
    true,
    true,
  ]);
  expect(settled.map((answer) => answer instanceof Error && !isReplyError(answer))).toEqual([true]);
  own.resume();
  client.disconnect();
  await own.stop();
});
