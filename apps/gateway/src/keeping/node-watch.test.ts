import {
  beatNode,
  claimDevice,
  encodeMessageRecord,
  listNodes,
  registerNode,
  Store,
  unregisterNode,
} from '@tributary/backplane';
import { createLogger, ManualClock } from '@tributary/runtime';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { messageOf } from '../testing/messages.ts';
import { ReplyLoser } from '../testing/proxy.ts';
import { StoreDesk } from '../testing/store.ts';
import { until } from '../testing/until.ts';
import { NodeWatch, type NodeWatchOptions } from './node-watch.ts';

const watcher = 'gw-1.watching';
const still = 'gw-2.still';
const beating = 'gw-3.beating';

let desk: StoreDesk;
let clock: ManualClock;
let watches: NodeWatch[];
let lines: string[];
let fired: Parameters<NodeWatchOptions['onFiredWills']>[0][number][];

beforeEach(async () => {
  desk = await new StoreDesk().started();
  clock = new ManualClock();
  watches = [];
  lines = [];
  fired = [];
  for (const node of [watcher, still, beating]) await register(node);
});
afterEach(() => desk.close());

/** A node that looks when time passes. */
function watch(differs: Partial<NodeWatchOptions> = {}): NodeWatch {
  const one = new NodeWatch({
    ...{ store: desk.store, keys: desk.keys, nodeName: () => watcher },
    logger: createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } }),
    ...{ now: () => clock.now(), monotonic: () => clock.monotonic() },
    ...{ lostAfterMs: 6000, recordSeconds: 60, uplinkMaxLength: 1000 },
    onFiredWills: (wills) => fired.push(...wills),
    ...differs,
  });
  watches.push(one);
  return one;
}

async function register(node: string): Promise<void> {
  const [id = '', incarnation = ''] = node.split('.');
  const identity = { node, id, incarnation, host: 'h', pid: 1, version: '0', startedAt: 1 };
  await registerNode(desk.redis, desk.keys, identity, { durability: 'always', listeners: '[]' });
}

const beat = (node: string): Promise<'alive' | 'refused'> =>
  beatNode(desk.redis, desk.keys, node, clock.now(), 'ready');

/** All watches look, at once. */
const look = async (): Promise<void> => void (await Promise.all(watches.map((one) => one.look())));

/** Lets seconds pass, in which nodes beat and the watches look. The watcher itself never beats: nobody ends himself. */
async function pass(seconds: number, nodes: readonly string[] = [beating]): Promise<void> {
  for (let n = 0; n < seconds; n++) {
    clock.advance(1000);
    for (const node of nodes) expect(await beat(node)).toBe('alive');
    await look();
  }
}

async function claim(clientId: string, node: string, willDelay?: number): Promise<void> {
  const will =
    willDelay === undefined
      ? undefined
      : encodeMessageRecord(messageOf({ topic: `wills/${clientId}`, from: clientId, epoch: 0, seq: 0 }), {
          delay: willDelay,
        });
  await claimDevice(desk.redis, desk.keys, {
    ...{ clientId, node, nonce: 'n', now: clock.now(), cleanStart: false, sessionExpiry: 300 },
    ...{ protocol: 'mqtt5', transport: 'tcp', listener: 'mqtt', address: '127.0.0.1:1', class: 'standard' },
    ...{ keepAlive: 60, will },
  });
}

async function entriesOf(key: string, clientId: string): Promise<Record<string, string>[]> {
  const entries = await desk.redis.xrange(key, '-', '+');
  return entries
    .map(([, flat]) => Object.fromEntries(flat.flatMap((name, i) => (i % 2 ? [] : [[name, flat[i + 1]!]]))))
    .filter((fields) => fields['device'] === clientId);
}

const eventsOf = (clientId: string): Promise<Record<string, string>[]> =>
  entriesOf(desk.keys.events(desk.keys.partitionOf(clientId)), clientId);
const typesOf = async (clientId: string): Promise<string[]> =>
  (await eventsOf(clientId)).map((event) => event['type']!);
const willsOf = async (clientId: string): Promise<number> =>
  (await entriesOf(desk.keys.uplink(desk.keys.partitionOf(clientId)), clientId)).length;
const isOnline = async (clientId: string): Promise<boolean> =>
  (await desk.redis.hexists(desk.keys.online(desk.keys.partitionOf(clientId)), clientId)) === 1;
const nodes = async (): Promise<string[]> =>
  (await listNodes(desk.redis, desk.keys)).map(({ node }) => node).toSorted();
const everybody = [watcher, still, beating];

describe('P4: a node whose beat stands still', () => {
  test('is ended after 6 s: its devices are told as lost, once, and those of others stay', async () => {
    const ids = Array.from({ length: 150 }, (_, n) => `lost-${n}`);
    for (const id of ids) await claim(id, still);
    await claim('elsewhere', beating);
    await claim('own', watcher);
    watch();
    await look();
    await pass(5);
    expect(await nodes()).toEqual(everybody);
    await pass(1);
    expect(await nodes()).toEqual([watcher, beating]);
    await pass(20);
    for (const id of ids) {
      const events = await eventsOf(id);
      expect(events.map(({ type }) => type)).toEqual(['connected', 'disconnected']);
      expect(events[1]).toMatchObject({ reason: 'node-lost', by: 'gateway', node: still });
      expect(await isOnline(id)).toBe(false);
    }
    for (const id of ['elsewhere', 'own']) {
      expect(await typesOf(id)).toEqual(['connected']);
      expect(await isOnline(id)).toBe(true);
    }
    const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(said).toMatchObject([{ lost: still, devices: ids.length }]);
  });

  test('is refused when it beats again, and its record names who ended it and does not stay', async () => {
    watch();
    await look();
    await pass(6);
    expect(await beat(still)).toBe('refused');
    const record = desk.keys.nodeRecord(still);
    expect(await desk.redis.hget(record, 'tombstone')).toBe(watcher);
    expect(await desk.redis.ttl(record)).toBeGreaterThan(0);
  });

  test('is ended too when it has no record', async () => {
    await claim('lost', still);
    await desk.redis.unlink(desk.keys.nodeRecord(still));
    watch();
    await look();
    await pass(6);
    expect(await typesOf('lost')).toEqual(['connected', 'disconnected']);
    expect(await nodes()).toEqual([watcher, beating]);
  });

  test('fires wills once, though two others watch it: at once, or after their delay', async () => {
    const other = new Store({ ...storeOptions(), name: `${desk.keys.namespace}-other` });
    other.start();
    try {
      await until('the other store to be up', () => other.isUp);
      const ids = Array.from({ length: 40 }, (_, n) => `will-${n}`);
      for (const id of ids) await claim(id, still, 0);
      await claim('later', still, 30);
      watch();
      watch({ store: other, nodeName: () => beating });
      await look();
      await pass(12, [beating, watcher]);
      for (const id of ids) {
        expect(await willsOf(id)).toBe(1);
        expect((await typesOf(id)).toSorted()).toEqual(['connected', 'disconnected', 'will']);
      }
      expect(await willsOf('later')).toBe(0);
      expect(await typesOf('later')).toEqual(['connected', 'disconnected']);
      const timers = desk.keys.timers(desk.keys.partitionOf('later'));
      expect(await desk.redis.zscore(timers, 'will:later')).not.toBeNull();
      // Each will has one who hands it on.
      expect(new Set(fired.map(({ partition, entry }) => `${partition} ${entry}`)).size).toBe(ids.length);
      expect(fired).toHaveLength(ids.length);
    } finally {
      await other.close();
    }
  });

  test('is ended later, once, when the link breaks while it is being ended', async () => {
    await claim('lost', still, 0);
    let breaks = 1;
    watch({
      now: () => {
        if (breaks-- > 0) desk.store.redis.disconnect(true);
        return clock.now();
      },
    });
    const isDown = new Promise((resolve) => desk.store.once('down', resolve));
    await look();
    await pass(6);
    await isDown;
    expect(await nodes()).toEqual(everybody);
    await until('the store to be up again', () => desk.store.isUp);
    await pass(6);
    expect(await nodes()).toEqual(everybody);
    await pass(1);
    expect(await nodes()).toEqual([watcher, beating]);
    expect((await typesOf('lost')).toSorted()).toEqual(['connected', 'disconnected', 'will']);
    expect(await willsOf('lost')).toBe(1);
  });
});

describe('P4: nobody is ended', () => {
  test('who beats again in time, however often it was late', async () => {
    await claim('late', still);
    watch();
    await look();
    for (let round = 0; round < 4; round++) {
      await pass(5);
      clock.advance(900);
      await look();
      expect(await beat(still)).toBe('alive');
      clock.advance(100);
      await look();
    }
    expect(await nodes()).toEqual(everybody);
    expect(await typesOf('late')).toEqual(['connected']);
  });

  test('while the watcher itself was paused: it watches for 6 s of its own', async () => {
    await claim('paused', still);
    watch();
    await look();
    for (let round = 0; round < 3; round++) {
      await pass(5);
      clock.advance(60_000);
      await look();
    }
    expect(await nodes()).toEqual(everybody);
    await pass(5);
    expect(await nodes()).toEqual(everybody);
    await pass(1);
    expect(await typesOf('paused')).toEqual(['connected', 'disconnected']);
  });

  test('when the watcher was paused, or Redis slow, in the middle of a look', async () => {
    watch();
    await look();
    await pass(5);
    const looking = look();
    clock.advance(60_000);
    await looking;
    expect(await nodes()).toEqual(everybody);
    await pass(5);
    expect(await nodes()).toEqual(everybody);
    await pass(2);
    expect(await nodes()).toEqual([watcher, beating]);
  });

  test('but the one that is dead, however long its devices take to be ended', async () => {
    for (const node of ['gw-4.next', 'gw-5.next']) await register(node);
    // The order in which they are looked at: that of the directory.
    const inOrder = (await listNodes(desk.redis, desk.keys)).map(({ node }) => node);
    const [dead = '', ...living] = inOrder.filter((node) => node !== watcher);
    for (const node of [dead, ...living]) await claim(`at ${node}`, node);
    watch({
      now: () => {
        clock.advance(30_000);
        return clock.now();
      },
    });
    await look();
    await pass(5, living);
    // The living beat between this look and the next, as they do where both happen once a second.
    clock.advance(1000);
    await look();
    await pass(10, living);
    expect(await nodes()).toEqual([watcher, ...living].toSorted());
    for (const node of living) expect(await typesOf(`at ${node}`)).toEqual(['connected']);
    expect(await typesOf(`at ${dead}`)).toEqual(['connected', 'disconnected']);
  });

  test('when the link to Redis broke, for however short a time', async () => {
    watch();
    await look();
    for (let round = 0; round < 3; round++) {
      await pass(5);
      const isDown = new Promise((resolve) => desk.store.once('down', resolve));
      await desk.cut();
      await isDown;
      await until('the store to be up again', () => desk.store.isUp);
    }
    await pass(6);
    expect(await nodes()).toEqual(everybody);
    await pass(1);
    expect(await nodes()).toEqual([watcher, beating]);
  });

  test('in an outage in which Redis takes everything and answers nothing', async () => {
    const path = await ReplyLoser.start(desk.url);
    const store = new Store({ ...storeOptions(), url: path.url, name: `${desk.keys.namespace}-path` });
    store.start();
    try {
      await until('the store to be up', () => store.isUp);
      watch({ store });
      await look();
      await pass(5, []);
      path.isDeaf = true;
      const looking = look();
      clock.advance(60_000);
      path.cut();
      await looking;
      await until('the store to be up again', () => store.isUp);
      // Not even those that could not beat either.
      await pass(6, []);
      expect(await nodes()).toEqual(everybody);
    } finally {
      await store.close();
      await path.stop();
    }
  });
});

test('a node that left in good order is not missed, and nothing of it comes back', async () => {
  watch();
  await look();
  await pass(3);
  await unregisterNode(desk.redis, desk.keys, still);
  await pass(10);
  expect(await nodes()).toEqual([watcher, beating]);
  expect(await desk.redis.keys(`*${still}*`)).toEqual([]);
  expect(lines).toEqual([]);
});

const storeOptions = (): { url: string; connectTimeoutMs: number; replyTimeoutMs: number } => ({
  url: desk.url,
  connectTimeoutMs: 1000,
  replyTimeoutMs: 5000,
});
