import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { claimOf, everyByte, messageOf, releaseOf, TestStore, willOf } from '../testing/test-store.ts';
import { claimDevice, releaseDevice } from './claims.ts';
import { enqueue } from './queue.ts';
import { changeSubscriptions } from './sessions.ts';
import { dueTimers, expireSession, finishRouting, readFiredWill, takeRouting } from './timers.ts';

const store = new TestStore();
const { redis, keys } = store;
afterEach(() => store.clear());
afterAll(() => store.close());

const id = 'pump-1';
const p = keys.partitionOf(id);
const due = (limit = 100): ReturnType<typeof dueTimers> => dueTimers(redis, keys, p, limit);

describe('due timers', () => {
  test('are told the oldest first, as many as are wanted, by the clock of Redis', async () => {
    const [seconds] = await redis.time();
    const later = (Number(seconds) + 60) * 1000;
    const members = ['route:1700000000000-0', 'retained:a:b/c', 'will:ä b', 'expire:pump-1'];
    for (const [i, member] of members.entries()) await redis.zadd(keys.timers(p), 10 - i, member);
    await redis.zadd(keys.timers(p), later, 'expire:later');
    const all = [
      { kind: 'expire', id: 'pump-1' },
      { kind: 'will', id: 'ä b' },
      { kind: 'retained', id: 'a:b/c' },
      { kind: 'route', id: '1700000000000-0' },
    ];
    expect(await due()).toEqual(all);
    expect(await due(2)).toEqual(all.slice(0, 2));
    expect(await due()).toEqual(all);
  });

  test('of a kind this version does not know are left to those that do', async () => {
    await redis.zadd(keys.timers(p), 1, 'command:x', 2, 'odd', 3, 'will:d');
    expect(await due()).toEqual([{ kind: 'will', id: 'd' }]);
    expect(await redis.zcard(keys.timers(p))).toBe(3);
  });

  test('there are none where there is nothing', async () => {
    expect(await due()).toEqual([]);
  });
});

describe('a session whose time has come', () => {
  async function sessionWithAll(): Promise<void> {
    const { epoch } = await claimDevice(redis, keys, claimOf(id, { sessionExpiry: 60 }));
    await changeSubscriptions(redis, keys, {
      ...{ clientId: id, epoch, added: new Map([['a/#', '{}']]), removed: [], isPersistent: true },
    });
    const limits = { maxMessages: 9, maxBytes: 9999, policy: 'reject' } as const;
    const message = { ...messageOf(), identifiers: undefined, shared: undefined };
    await enqueue(redis, keys, [{ clientId: id, filters: ['a/#'], message, identity: 'x/1/1' }], limits);
    await releaseDevice(redis, keys, releaseOf(id));
  }

  test('goes with its queue, its identities, its routes and its timer', async () => {
    await sessionWithAll();
    await store.makeDue(id, `expire:${id}`);
    expect(await expireSession(redis, keys, p, id, 1000)).toEqual({ expired: true });
    const left = ['device:pump-1', 'epoch', 'events', 'history:pump-1', 'routes', 'routes-log'].map(
      (name) => `{p${p}}:${name}`,
    );
    expect(await store.names()).toEqual(left);
    expect(await store.routes(id)).toEqual({ '': '2' });
    expect((await store.routesLog(id)).at(-1)).toEqual({ v: '2', op: 'x', device: id });
    expect(await expireSession(redis, keys, p, id, 1000)).toEqual({ expired: false });
  });

  test('stays while its time has not come, or its device is back', async () => {
    await sessionWithAll();
    const before = await store.session(id);
    expect(await expireSession(redis, keys, p, id, 1000)).toEqual({ expired: false });
    expect(await store.session(id)).toEqual(before);
    await claimDevice(redis, keys, claimOf(id, { nonce: 'nonce-b', sessionExpiry: 60 }));
    await redis.zadd(keys.timers(p), 1, `expire:${id}`);
    expect(await expireSession(redis, keys, p, id, 1000)).toEqual({ expired: false });
    expect(await redis.xlen(keys.queue(p, id))).toBe(1);
    expect(await store.timer(id, `expire:${id}`)).toBeUndefined();
  });
});

describe('the fan-out of a fired will', () => {
  async function fire(): Promise<string> {
    const will = willOf(0, { payload: everyByte, qos: 2, props: { messageExpiry: 60, responseTopic: 'r' } });
    await claimDevice(redis, keys, claimOf(id, { will }));
    return (await releaseDevice(redis, keys, releaseOf(id, { firesWill: true }))).firedWill!;
  }

  test('is read by whoever fired it, and then done', async () => {
    const entry = await fire();
    const message = await readFiredWill(redis, keys, p, entry);
    expect(message).toEqual({
      ...{ topic: 'last/words', qos: 2, retain: false, payload: everyByte, from: id, epoch: 1, seq: 0 },
      ...{ ts: message!.ts, expiresAt: message!.ts + 60_000, contentType: undefined },
      props: { responseTopic: 'r' },
    });
    await finishRouting(redis, keys, p, entry);
    expect(await redis.zcard(keys.timers(p))).toBe(0);
    expect(await takeRouting(redis, keys, p, entry)).toBeUndefined();
  });

  test('is nobody else’s while it is not due, then of one at a time for 10 s', async () => {
    const entry = await fire();
    const take = (): ReturnType<typeof takeRouting> => takeRouting(redis, keys, p, entry);
    expect(await take()).toBeUndefined();
    await store.makeDue(id, `route:${entry}`);
    expect(await due()).toEqual([{ kind: 'route', id: entry }]);
    const taken = await Promise.all([take(), take(), take()]);
    expect(taken.filter((message) => message !== undefined)).toHaveLength(1);
    expect(taken[0]).toMatchObject({ topic: 'last/words', payload: everyByte, from: id, epoch: 1, seq: 0 });
    const [seconds] = await redis.time();
    const leaseMs = (await store.timer(id, `route:${entry}`))! - Number(seconds) * 1000;
    expect(leaseMs).toBeGreaterThan(8000);
    expect(leaseMs).toBeLessThan(12_000);
    await store.makeDue(id, `route:${entry}`);
    expect(await take()).toBeDefined();
  });

  test('is given up when the stream no longer has it', async () => {
    const entry = await fire();
    await redis.xtrim(keys.uplink(p), 'MAXLEN', 0);
    expect(await readFiredWill(redis, keys, p, entry)).toBeUndefined();
    await store.makeDue(id, `route:${entry}`);
    expect(await takeRouting(redis, keys, p, entry)).toBeUndefined();
    expect(await redis.zcard(keys.timers(p))).toBe(0);
  });
});
