import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { claimOf, releaseOf, TestStore } from '../testing/test-store.ts';
import { claimDevice, type Released, releaseDevice } from './claims.ts';
import { touchDevices } from './device-records.ts';
import { changeSubscriptions, markRouted, type SubscriptionAnswer } from './sessions.ts';
import { dueTimers, expireSession } from './timers.ts';

const store = new TestStore();
const { redis, keys } = store;
afterEach(() => store.clear());
afterAll(() => store.close());

const id = 'pump-1';
const p = keys.partitionOf(id);
const leave = (nonce = 'nonce-a'): Promise<Released> => releaseDevice(redis, keys, releaseOf(id, { nonce }));
const subscribe = (
  epoch: number,
  added: [string, string][],
  removed: string[] = [],
  clientId = id,
): Promise<SubscriptionAnswer> =>
  changeSubscriptions(redis, keys, {
    ...{ clientId, epoch, added: new Map(added), removed, isPersistent: false },
  });
const isDueAt = (unixMs: number): Promise<unknown> => redis.zadd(keys.timers(p), unixMs, `expire:${id}`);

describe('subscriptions', () => {
  test('are added, replaced and removed by who speaks for the device', async () => {
    const { epoch } = await claimDevice(redis, keys, claimOf(id, { sessionExpiry: 60 }));
    const change = (added: [string, string][], removed: string[]): Promise<SubscriptionAnswer> =>
      subscribe(epoch, added, removed);
    expect(
      await change(
        [
          ['a/#', '{"qos":0}'],
          ['ä', '{"qos":2}'],
          ['x', '{}'],
        ],
        [],
      ),
    ).toEqual({ status: 'done', version: 0 });
    expect(await change([['a/#', '{"qos":1}']], ['x', 'never'])).toEqual({ status: 'done', version: 0 });
    const fields = Object.entries(await store.session(id)).filter(([name]) => name.startsWith('sub:'));
    expect(Object.fromEntries(fields)).toEqual({ 'sub:a/#': '{"qos":1}', 'sub:ä': '{"qos":2}' });
  });

  test('are left alone by an epoch that no longer speaks for the device', async () => {
    const { epoch } = await claimDevice(redis, keys, claimOf(id, { sessionExpiry: 60 }));
    await claimDevice(redis, keys, claimOf(id, { nonce: 'nonce-b', sessionExpiry: 60 }));
    const before = await store.session(id);
    expect(await subscribe(epoch, [['a', '{}']])).toEqual({ status: 'superseded' });
    expect(await store.session(id)).toEqual(before);
    expect(await subscribe(1, [['a', '{}']], [], 'nobody')).toEqual({ status: 'lost' });
  });
});

describe('a QoS 2 message from the device', () => {
  const received = async (): Promise<unknown> => {
    const { receiving } = await claimDevice(
      redis,
      keys,
      claimOf(id, { nonce: 'nonce-b', sessionExpiry: 60 }),
    );
    return receiving;
  };
  const receive = async (record: string): Promise<number> => {
    const { epoch } = await claimDevice(redis, keys, claimOf(id, { sessionExpiry: 60 }));
    await redis.hset(keys.session(p, id), 'rx:7', record);
    return epoch;
  };

  test('is marked as routed, once and for the next connection to see', async () => {
    const epoch = await receive('1/3/0-1/u');
    await redis.hset(keys.session(p, id), 'rx:8', '1/4/0-2/u');
    await markRouted(redis, keys, id, epoch, 7);
    await markRouted(redis, keys, id, epoch, 7);
    await markRouted(redis, keys, id, epoch, 99);
    expect(await received()).toEqual(
      new Map([
        [7, { epoch: 1, seq: 3, isRouted: true }],
        [8, { epoch: 1, seq: 4, isRouted: false }],
      ]),
    );
  });

  test('is not marked by an epoch that no longer speaks for the device', async () => {
    const epoch = await receive('1/3/0-1/u');
    const before = await received();
    await markRouted(redis, keys, id, epoch, 7);
    expect(await received()).toEqual(before);
    await markRouted(redis, keys, 'nobody', 1, 7);
    expect(await store.session('nobody')).toEqual({});
  });

  test('is not marked in the place of one that had its packet id before', async () => {
    const epoch = await receive('1/3/0-1/u');
    await markRouted(redis, keys, id, epoch, 7, { epoch: 1, seq: 2 });
    await markRouted(redis, keys, id, epoch, 7, { epoch: 1, seq: 33 });
    expect((await store.session(id))['rx:7']).toBe('1/3/0-1/u');
    await markRouted(redis, keys, id, epoch, 7, { epoch: 1, seq: 3 });
    expect((await store.session(id))['rx:7']).toBe('1/3/0-1');
  });
});

describe('expiry', () => {
  /** Ends the sessions whose time has come, as a keeper does. */
  async function expireDue(): Promise<number> {
    const due = await dueTimers(redis, keys, p, 100);
    const ended = await Promise.all(due.map((timer) => expireSession(redis, keys, p, timer.id, 1000)));
    return ended.filter(({ expired }) => expired).length;
  }

  test('deletes session, queue and timer when the time has come', async () => {
    await claimDevice(redis, keys, claimOf(id, { sessionExpiry: 60 }));
    await redis.xadd(keys.queue(p, id), '*', 'a', 'b');
    await leave();
    await isDueAt(1000);
    expect(await expireDue()).toBe(1);
    const left = [`device:${id}`, 'epoch', 'events', `history:${id}`].map((name) => `{p${p}}:${name}`);
    expect(await store.names()).toEqual(left);
    expect(await expireDue()).toBe(0);
  });

  test('leaves a session whose time has not come', async () => {
    await claimDevice(redis, keys, claimOf(id, { sessionExpiry: 60 }));
    await leave();
    expect(await expireDue()).toBe(0);
    expect((await store.session(id))['expiry']).toBe('60');
  });

  test('leaves the session of a device that is back, whatever a stray timer says', async () => {
    await claimDevice(redis, keys, claimOf(id, { sessionExpiry: 60 }));
    await isDueAt(1000);
    expect(await expireDue()).toBe(0);
    expect((await store.session(id))['expiry']).toBe('60');
    expect(await redis.zcard(keys.timers(p))).toBe(0);
  });
});

describe('touching device records', () => {
  const touch = (nonce: string, clientId = id): ReturnType<typeof touchDevices> =>
    touchDevices(redis, keys, p, 'gw-1.aaaa', 1000, [
      { clientId, nonce, lastSeen: 1_700_000_060_000, messages: 7, bytes: 700 },
    ]);

  test('writes when it was last seen and what it has sent', async () => {
    await claimDevice(redis, keys, claimOf(id));
    expect(await touch('nonce-a')).toEqual({ superseded: [], lost: [], troubled: [] });
    expect(await store.record(id)).toMatchObject({
      ...{ lastSeen: '1700000060000', epochMessages: '7', epochBytes: '700', state: 'online' },
    });
  });

  test('answers the devices that are no longer ours, and leaves their records alone', async () => {
    await claimDevice(redis, keys, claimOf(id));
    await claimDevice(redis, keys, claimOf(id, { nonce: 'nonce-b', node: 'gw-2.bbbb' }));
    const before = await store.record(id);
    expect(await touch('nonce-a')).toEqual({ superseded: [id], lost: [], troubled: [] });
    expect(await store.record(id)).toEqual(before);
    expect(await touch('nonce-a', 'nobody')).toEqual({ superseded: [], lost: ['nobody'], troubled: [] });
    expect(await store.record('nobody')).toEqual({});
  });
});
