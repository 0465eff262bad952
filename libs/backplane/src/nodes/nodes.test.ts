import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { claimDevice } from '../presence/claims.ts';
import { sendDoorbell } from '../routing/logs.ts';
import { claimOf, TestStore } from '../testing/test-store.ts';
import { readControl, sendControl } from './control.ts';
import { reapNode } from './reaper.ts';
import { beatNode, declareDead, forgetNode, listNodes, registerNode, unregisterNode } from './registry.ts';
import { writeSamples, writeStats } from './stats.ts';

const store = new TestStore();
const { redis, keys } = store;
afterEach(() => store.clear());
afterAll(() => store.close());

const node = 'gw-1.aaaa';
const identity = { node, id: 'gw-1', incarnation: 'aaaa', host: 'h', pid: 1, version: '0.1.0', startedAt: 5 };
const register = (): Promise<void> =>
  registerNode(redis, keys, identity, { durability: 'always', listeners: '[]' });
const record = (): Promise<Record<string, string>> => redis.hgetall(keys.nodeRecord(node));

describe('a node', () => {
  test('stands in the directory and has a record', async () => {
    await register();
    expect(await listNodes(redis, keys)).toEqual([identity]);
    expect(await record()).toEqual({
      ...{ id: 'gw-1', incarnation: 'aaaa', host: 'h', pid: '1', version: '0.1.0', startedAt: '5' },
      ...{ durability: 'always', listeners: '[]', beat: '0', beatAt: '5', state: 'not-ready' },
    });
  });

  test('raises its beat', async () => {
    await register();
    expect(await beatNode(redis, keys, node, 1000, 'ready')).toBe('alive');
    expect(await beatNode(redis, keys, node, 2000, 'draining')).toBe('alive');
    expect(await record()).toMatchObject({ beat: '2', beatAt: '2000', state: 'draining' });
  });

  test('that was declared dead is refused its next beat', async () => {
    await register();
    await declareDead(redis, keys, node, 'gw-2.bbbb');
    await declareDead(redis, keys, node, 'gw-3.cccc');
    const before = await record();
    expect(before['tombstone']).toBe('gw-2.bbbb');
    expect(await beatNode(redis, keys, node, 1000, 'ready')).toBe('refused');
    expect(await record()).toEqual(before);
  });

  test('that Redis does not know is refused, and no record made for it', async () => {
    expect(await beatNode(redis, keys, node, 1000, 'ready')).toBe('refused');
    expect(await store.names()).toEqual([]);
  });

  test('tells a Redis that lost everything how many partitions there are, and no other', async () => {
    await register();
    expect(await redis.hget(keys.meta, 'partitions')).toBe(String(keys.partitions));
    await redis.hset(keys.meta, 'partitions', 99);
    await register();
    expect(await redis.hget(keys.meta, 'partitions')).toBe('99');
  });

  test('leaves nothing of its own when it stops in good order', async () => {
    await register();
    await writeStats(redis, keys, node, { ts: 1, connections: 2 });
    await sendControl(redis, keys, node, { type: 'takeover', device: 'd', epoch: 2, node: 'gw-2.bbbb' });
    await sendDoorbell(redis, keys, node, 'd');
    await unregisterNode(redis, keys, node);
    expect(await store.names()).toEqual(['meta']);
  });

  test('that died leaves the directory, and its keys expire', async () => {
    await register();
    await writeStats(redis, keys, node, { ts: 1 });
    await writeSamples(redis, keys, node, 1, [['d', 1, 2, 3, 4]]);
    await sendDoorbell(redis, keys, node, 'd');
    await forgetNode(redis, keys, node);
    expect(await redis.exists(keys.nodeInbox(node))).toBe(0);
    expect(await listNodes(redis, keys)).toEqual([]);
    for (const key of [keys.nodeRecord(node), keys.nodeStats(node), keys.nodeSamples(node)]) {
      expect(await redis.ttl(key)).toBeGreaterThan(3500);
    }
  });
});

describe('reaping', () => {
  const many = Array.from({ length: 250 }, (_, i) => `device ${i}`);

  test('ends every claim of the node with one `disconnected`, and those of no other', async () => {
    for (const clientId of many) await claimDevice(redis, keys, claimOf(clientId));
    await claimDevice(redis, keys, claimOf('elsewhere', { node: 'gw-2.bbbb' }));
    await claimDevice(redis, keys, claimOf('moved'));
    await claimDevice(redis, keys, claimOf('moved', { nonce: 'nonce-b', node: 'gw-2.bbbb' }));
    expect(await reapNode(redis, keys, node, 1_700_000_007_000, 3600)).toEqual({
      ended: many.length,
      firedWills: [],
    });
    for (const clientId of many) {
      const events = await store.events(clientId);
      expect(events.map(({ type }) => type)).toEqual(['connected', 'disconnected']);
      expect(events[1]).toEqual({
        ...{ type: 'disconnected', device: clientId, epoch: events[0]!['epoch'], ts: '1700000007000', node },
        ...{ reason: 'node-lost', by: 'gateway', durationMs: '7000', lastSeq: '-1' },
      });
    }
    expect(await store.online('elsewhere')).toContain('gw-2.bbbb');
    expect((await store.events('moved')).map(({ type }) => type)).toEqual(['connected', 'superseded']);
    expect(await reapNode(redis, keys, node, 1_700_000_008_000, 3600)).toEqual({ ended: 0, firedWills: [] });
  });

  test('closes records and treats sessions as a release does', async () => {
    await claimDevice(redis, keys, claimOf('short'));
    await claimDevice(redis, keys, claimOf('long', { sessionExpiry: 60 }));
    await reapNode(redis, keys, node, 1_700_000_007_000, 3600);
    expect(await store.record('short')).toMatchObject({ state: 'offline', reason: 'node-lost' });
    expect(await redis.ttl(keys.device(keys.partitionOf('short'), 'short'))).toBeGreaterThan(3500);
    expect(await store.session('short')).toEqual({});
    expect((await store.session('long'))['expiry']).toBe('60');
    expect(await redis.zscore(keys.timers(keys.partitionOf('long')), 'expire:long')).not.toBeNull();
  });

  test('does not take the node gw-1.aaaa for one whose name ends alike', async () => {
    await claimDevice(redis, keys, claimOf('d', { node: 'x-gw-1.aaaa' }));
    expect(await reapNode(redis, keys, node, 1, 60)).toEqual({ ended: 0, firedWills: [] });
  });
});

describe('a control inbox', () => {
  test('gives its messages in order, then waits behind the last', async () => {
    const sent = [
      { type: 'takeover', device: 'pump 1', epoch: 7, node: 'gw-2.bbbb' },
      { type: 'yielded', device: 'ä', epoch: 8, node: 'gw-2.bbbb' },
    ] as const;
    for (const message of sent) await sendControl(redis, keys, node, message);
    const { messages, last } = await readControl(redis, keys, node, '0', 10);
    expect(messages).toEqual(sent);
    expect(await readControl(redis, keys, node, last, 10)).toEqual({ messages: [], last });
  });

  test('steps over what it does not know', async () => {
    await redis.xadd(keys.nodeControl(node), '*', 'type', 'from the future', 'x', '1');
    const { messages, last } = await readControl(redis, keys, node, '0', 10);
    expect(messages).toEqual([]);
    expect(last).not.toBe('0');
  });
});

test('samples are written a few hundred to an entry', async () => {
  const samples = Array.from({ length: 501 }, (_, i) => [`d${i}`, 1, i, i * 10, 99] as const);
  await writeSamples(redis, keys, node, 42, samples);
  const entries = await redis.xrange(keys.nodeSamples(node), '-', '+');
  expect(entries.map(([, fields]) => fields.slice(0, 3))).toEqual([
    ['ts', '42', 'devices'],
    ['ts', '42', 'devices'],
  ]);
  expect(entries.flatMap(([, fields]) => JSON.parse(fields[3]!) as unknown[])).toEqual(samples);
});
