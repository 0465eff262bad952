import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { reapNode } from '../nodes/reaper.ts';
import { claimOf, releaseOf, TestStore } from '../testing/test-store.ts';
import {
  type Claim,
  claimDevice,
  type ClaimRequest,
  type Release,
  type Released,
  releaseDevice,
} from './claims.ts';
import { changeSubscriptions } from './sessions.ts';

const store = new TestStore();
const { redis, keys } = store;
afterEach(() => store.clear());
afterAll(() => store.close());

const id = 'pump-1';
const p = keys.partitionOf(id);
const claim = (differs: Partial<ClaimRequest> = {}): Promise<Claim> =>
  claimDevice(redis, keys, claimOf(id, differs));
const release = (differs: Partial<Release> = {}): Promise<Released> =>
  releaseDevice(redis, keys, releaseOf(id, differs));
const subscribe = (epoch: number, added: [string, string][]): Promise<unknown> =>
  changeSubscriptions(redis, keys, {
    ...{ clientId: id, epoch, added: new Map(added), removed: [], isPersistent: true },
  });
const timer = (): Promise<string | null> => redis.zscore(keys.timers(p), `expire:${id}`);
/** All there is about the device, to see that nothing was written. */
const everything = async (): Promise<unknown> => ({
  names: await store.names(),
  events: await store.events(id),
  record: await store.record(id),
  session: await store.session(id),
  online: await store.online(id),
  epoch: await redis.get(keys.epoch(p)),
  timer: await timer(),
});

describe('a claim', () => {
  test('of a device nobody holds draws an epoch, tells `connected` and writes the record', async () => {
    const request = { cleanStart: true, sessionExpiry: 60, keepAlive: 30 };
    expect(await claim(request)).toEqual({
      epoch: 1,
      sessionPresent: false,
      previous: undefined,
      receiving: new Map(),
      subscriptions: new Map(),
      queue: { counter: 0, sent: 0, length: 0, awaitingComplete: [] },
      firedWill: undefined,
      link: { flaps: 0, faults: 0, band: '' },
    });
    expect(await store.online(id)).toBe('1 nonce-a gw-1.aaaa');
    expect(await store.events(id)).toEqual([
      {
        ...{ type: 'connected', device: id, epoch: '1', ts: '1700000000000', node: 'gw-1.aaaa' },
        ...{ protocol: 'mqtt5', transport: 'tcp', listener: 'mqtt', address: '127.0.0.1:50000' },
        ...{ class: 'standard', cleanStart: '1', sessionPresent: '0', keepAlive: '30' },
      },
    ]);
    expect(await store.record(id)).toMatchObject({
      ...{ state: 'online', node: 'gw-1.aaaa', epoch: '1', protocol: 'mqtt5', expiry: '60', connects: '1' },
      ...{ firstSeen: '1700000000000', connectedAt: '1700000000000', messages: '0', epochMessages: '0' },
    });
  });

  test('asked again with its nonce is answered alike and writes nothing', async () => {
    await claim({ sessionExpiry: 60 });
    await release();
    const first = await claim({ sessionExpiry: 60, nonce: 'nonce-b' });
    await redis.hset(keys.session(p, id), 'rx:9', '1/1/0-1', 'sub:a/#', '{"qos":1}');
    const before = await everything();
    const again = await claim({
      sessionExpiry: 60,
      nonce: 'nonce-b',
      now: 1_700_000_009_000,
      cleanStart: true,
    });
    expect(again).toEqual({
      ...first,
      receiving: new Map([[9, { epoch: 1, seq: 1, isRouted: true }]]),
      subscriptions: new Map([['a/#', '{"qos":1}']]),
    });
    expect(await everything()).toEqual(before);
  });

  test('over a live owner is one `superseded` that names it, and no `disconnected`', async () => {
    await claim();
    const second = await claim({ nonce: 'nonce-b', node: 'gw-2.bbbb' });
    expect(second).toMatchObject({ epoch: 2, previous: { epoch: 1, node: 'gw-1.aaaa' } });
    const events = await store.events(id);
    expect(events.map(({ type }) => type)).toEqual(['connected', 'superseded']);
    expect(events[1]).toMatchObject({
      epoch: '2',
      node: 'gw-2.bbbb',
      previousEpoch: '1',
      previousNode: 'gw-1.aaaa',
    });
    expect(await store.record(id)).toMatchObject({ state: 'online', node: 'gw-2.bbbb', connects: '2' });
  });

  test('finds the session that stayed: subscriptions and QoS 2 messages not released', async () => {
    const { epoch } = await claim({ sessionExpiry: 60 });
    await subscribe(epoch, [['a/#', '{"qos":1}']]);
    await redis.hset(keys.session(p, id), 'rx:7', '1/3/0-1', 'rx:65535', '1/4/0-2');
    await release();
    const resumed = await claim({ nonce: 'nonce-b', sessionExpiry: 60 });
    expect(resumed.sessionPresent).toBe(true);
    expect([...resumed.receiving.keys()].toSorted((a, b) => a - b)).toEqual([7, 65_535]);
    expect(resumed.subscriptions).toEqual(new Map([['a/#', '{"qos":1}']]));
    expect(await timer()).toBeNull();
    expect((await store.events(id)).at(-1)).toMatchObject({ type: 'connected', sessionPresent: '1' });
  });

  test('with Clean Start deletes the session there was [MQTT-3.1.2-4]', async () => {
    const { epoch } = await claim({ sessionExpiry: 60 });
    await subscribe(epoch, [['a', '{}']]);
    await redis.hset(keys.session(p, id), 'rx:7', '1/3/0-1');
    await release();
    const fresh = await claim({ nonce: 'nonce-b', cleanStart: true, sessionExpiry: 60 });
    expect(fresh).toMatchObject({ sessionPresent: false, receiving: new Map() });
    expect(fresh.subscriptions.size).toBe(0);
    expect(Object.keys(await store.session(id)).toSorted()).toEqual(['epoch', 'expiry', 'present']);
  });

  test('over a live owner of expiry 0 finds no session, over one of expiry > 0 it does', async () => {
    await claim({ sessionExpiry: 0 });
    expect((await claim({ nonce: 'nonce-b', sessionExpiry: 60 })).sessionPresent).toBe(false);
    expect((await claim({ nonce: 'nonce-c', sessionExpiry: 60 })).sessionPresent).toBe(true);
  });

  test('finds no session whose time is over, even before the timer has run', async () => {
    await claim({ sessionExpiry: 60 });
    await release();
    await redis.zadd(keys.timers(p), 1, `expire:${id}`);
    expect((await claim({ nonce: 'nonce-b', sessionExpiry: 60 })).sessionPresent).toBe(false);
    expect(await timer()).toBeNull();
  });

  test('keeps the record of a device that comes back, and adds up what it had sent', async () => {
    await claim();
    await release({ messages: 3, bytes: 300 });
    expect(await redis.ttl(keys.device(p, id))).toBeGreaterThan(3590);
    await claim({ nonce: 'nonce-b', now: 1_700_000_009_000 });
    expect(await redis.ttl(keys.device(p, id))).toBe(-1);
    await release({ nonce: 'nonce-b', messages: 4, bytes: 40 });
    await claim({ nonce: 'nonce-c' });
    expect(await store.record(id)).toMatchObject({
      ...{ messages: '7', bytes: '340', epochMessages: '0', epochBytes: '0' },
      ...{ connects: '3', firstSeen: '1700000000000', connectedAt: '1700000000000' },
    });
  });

  test('draws the epochs of all devices of a partition from one counter', async () => {
    const other = Array.from({ length: 100 }, (_, i) => `x${i}`).find(
      (name) => keys.partitionOf(name) === p,
    )!;
    expect((await claim()).epoch).toBe(1);
    expect((await claimDevice(redis, keys, claimOf(other))).epoch).toBe(2);
    expect((await claim({ nonce: 'nonce-b' })).epoch).toBe(3);
  });
});

describe('the queue of a session', () => {
  const session = keys.session(p, id);
  const give = async (n: number): Promise<void> => {
    await redis.hset(session, 'n', n);
    await redis.xadd(keys.queue(p, id), `${n}-0`, 'bytes', 70);
  };

  test('is told with what was sent of it when it is resumed', async () => {
    await claim({ sessionExpiry: 60 });
    for (const n of [1, 2, 3]) await give(n);
    await redis.hset(session, 'tx:12', 1, 'tx:9', 1);
    await release({ sent: 2 });
    await give(4);
    expect((await claim({ nonce: 'nonce-b', sessionExpiry: 60 })).queue).toEqual({
      ...{ counter: 4, sent: 2, length: 4, awaitingComplete: [9, 12] },
    });
  });

  test('never counts back what was sent', async () => {
    await claim({ sessionExpiry: 60 });
    for (const n of [1, 2, 3]) await give(n);
    await release({ sent: 3 });
    await claim({ nonce: 'nonce-b', sessionExpiry: 60 });
    await release({ nonce: 'nonce-b', sent: 0 });
    expect((await claim({ nonce: 'nonce-c', sessionExpiry: 60 })).queue).toMatchObject({
      counter: 3,
      sent: 3,
    });
  });

  test.each<[string, () => Promise<unknown>]>([
    ['by another node', () => claim({ nonce: 'nonce-b', node: 'gw-2.bbbb', sessionExpiry: 60 })],
    [
      'after its node died',
      async () => {
        await reapNode(redis, keys, 'gw-1.aaaa', 1, 60, 1000);
        return claim({ nonce: 'nonce-b', sessionExpiry: 60 });
      },
    ],
  ])('counts all as sent when the device is taken over %s', async (_, takeOver) => {
    await claim({ sessionExpiry: 60 });
    for (const n of [1, 2, 3]) await give(n);
    expect(await takeOver()).toMatchObject({ queue: { counter: 3, sent: 3, length: 3 } });
  });

  test.each<[string, Partial<ClaimRequest>, () => Promise<unknown>]>([
    ['over a live owner', { sessionExpiry: 60 }, async () => undefined],
    ['while it was away', { sessionExpiry: 60 }, () => release({ sent: 1 })],
  ])('is empty after Clean Start %s, and its numbers go on', async (_, request, before) => {
    await claim(request);
    for (const n of [1, 2, 3]) await give(n);
    await redis.hset(session, 'qbytes', 210, 'tx:2', 1);
    await redis.zadd(keys.routed(p, id), 1, 'x/1/1');
    await before();
    const fresh = await claim({ nonce: 'nonce-b', cleanStart: true, sessionExpiry: 60 });
    expect(fresh.queue).toEqual({ counter: 3, sent: 3, length: 0, awaitingComplete: [] });
    expect(Object.keys(await store.session(id)).toSorted()).toEqual([
      'epoch',
      'expiry',
      'n',
      'present',
      'sent',
    ]);
    expect(await redis.exists(keys.queue(p, id), keys.routed(p, id))).toBe(0);
    expect((await claim({ nonce: 'nonce-b', sessionExpiry: 60 })).queue).toEqual(fresh.queue);
  });

  test('is numbered anew once nothing is known of the client', async () => {
    await claim();
    await give(1);
    await release();
    expect((await claim({ nonce: 'nonce-b' })).queue).toMatchObject({ counter: 0, sent: 0, length: 0 });
  });
});

describe('a release', () => {
  test('tells `disconnected` with its figures and closes the record for a while', async () => {
    await claim();
    expect(await release()).toEqual({ epoch: 1, firedWill: undefined });
    expect((await store.events(id))[1]).toEqual({
      ...{ type: 'disconnected', device: id, epoch: '1', ts: '1700000005000', node: 'gw-1.aaaa' },
      ...{ reason: 'normal', by: 'device', durationMs: '5000', lastSeq: '4' },
      ...{ messages: '3', bytes: '300', dropped: '1', unknown: '0' },
    });
    expect(await store.record(id)).toMatchObject({
      ...{ state: 'offline', reason: 'normal', disconnectedAt: '1700000005000', lastSeen: '1700000004000' },
      ...{ epochMessages: '3', epochBytes: '300' },
    });
    expect(await redis.ttl(keys.device(p, id))).toBeGreaterThan(3590);
    expect(await store.online(id)).toBeNull();
  });

  test('deletes a session of expiry 0 and leaves no key but counter, events, record and timeline', async () => {
    await claim();
    await redis.xadd(keys.queue(p, id), '*', 'a', 'b');
    await release();
    const left = [`device:${id}`, 'epoch', 'events', `history:${id}`].map((name) => `{p${p}}:${name}`);
    expect(await store.names()).toEqual(left);
  });

  test('sets the timer of a session that expires, and none of one that never does', async () => {
    await claim({ sessionExpiry: 60 });
    const [before] = await redis.time();
    await release();
    const dueMs = Number(await timer()) - Number(before) * 1000;
    expect(dueMs).toBeGreaterThanOrEqual(60_000);
    expect(dueMs).toBeLessThan(70_000);
    await claim({ nonce: 'nonce-b', sessionExpiry: 4_294_967_295 });
    await release({ nonce: 'nonce-b' });
    expect(await timer()).toBeNull();
    expect((await store.session(id))['expiry']).toBe('4294967295');
  });

  test('of a claim that Redis lost closes the epoch, and touches no session that another left', async () => {
    await claim({ sessionExpiry: 60 });
    await redis.hdel(keys.online(p), id);
    await redis.hset(keys.session(p, id), 'epoch', 9);
    expect(await release({ epoch: 1, sessionExpiry: 0, sent: 5, firesWill: true })).toMatchObject({
      epoch: 1,
    });
    expect(await store.session(id)).toEqual({ epoch: '9', expiry: '60', present: '0' });
    expect((await store.events(id)).map(({ type }) => type)).toEqual(['connected', 'disconnected']);
    expect(await release({ epoch: 1 })).toMatchObject({ epoch: 0 });
  });

  test('takes the expiry the device asked for when it left', async () => {
    await claim({ sessionExpiry: 60 });
    await release({ sessionExpiry: 0 });
    expect(await store.session(id)).toEqual({});
    expect(await timer()).toBeNull();
  });

  test.each([
    ['of a connection that was superseded', async () => void (await claim({ nonce: 'nonce-b' }))],
    ['repeated', async () => void (await release())],
    [
      'that comes after the device came back',
      async () => void (await release(), await claim({ nonce: 'nonce-b' })),
    ],
  ])('%s does nothing', async (_, before) => {
    await claim({ sessionExpiry: 60 });
    await before();
    const found = await everything();
    expect(await release({ reason: 'connection-lost', now: 1_700_000_099_000 })).toEqual({
      epoch: 0,
      firedWill: undefined,
    });
    expect(await everything()).toEqual(found);
  });
});
