import { bands } from '@tributary/protocol';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { QualityFacts } from '../records/quality-facts.ts';
import { claimOf, releaseOf, TestStore } from '../testing/test-store.ts';
import { claimDevice, type Ending, type LinkPast, releaseDevice } from './claims.ts';
import { defaultHistoryLength } from './device-keys.ts';
import { type QualityTouch, type Touched, touchDevices } from './device-records.ts';
import { readTimeline } from './timeline.ts';

const store = new TestStore();
const { redis, keys } = store;
const id = 'pump-1';
const start = 1_700_000_000_000;
const minute = 60_000;

beforeEach(() => store.clear());
afterAll(() => store.close());

async function connect(atMs: number, nonce = 'nonce-a'): Promise<LinkPast> {
  return (await claimDevice(redis, keys, claimOf(id, { nonce, now: start + atMs }))).link;
}

async function leave(atMs: number, ending: Ending, epoch = 0, nonce = 'nonce-a'): Promise<void> {
  await releaseDevice(redis, keys, releaseOf(id, { now: start + atMs, ending, epoch, nonce }));
}

describe('flaps', () => {
  test('the first connection is none, nor is one after a planned end', async () => {
    expect(await connect(0)).toEqual({ flaps: 0, faults: 0, band: '' });
    await leave(minute, 'planned');
    expect((await connect(2 * minute)).flaps).toBe(0);
  });

  test('a return after an unplanned end is one, for an hour', async () => {
    await connect(0);
    await leave(minute, 'unplanned');
    expect((await connect(2 * minute)).flaps).toBe(1);
    await leave(3 * minute, 'unplanned');
    expect((await connect(4 * minute)).flaps).toBe(2);
    await leave(5 * minute, 'planned');
    expect((await connect(63 * minute)).flaps).toBe(1);
  });

  test('a take-over is one, and none when the connection taken over was to end by plan', async () => {
    await connect(0, 'nonce-a');
    expect((await connect(minute, 'nonce-b')).flaps).toBe(1);
    await leave(minute + 1, 'planned', 1, 'nonce-a');
    expect((await connect(minute + 2, 'nonce-b')).flaps).toBe(0);
  });

  test('a planned end of a connection long superseded forgives no later flap', async () => {
    await connect(0, 'nonce-a');
    await connect(minute, 'nonce-b');
    await connect(2 * minute, 'nonce-c');
    await leave(2 * minute + 1, 'planned', 1, 'nonce-a');
    expect((await connect(3 * minute, 'nonce-c')).flaps).toBe(2);
  });

  test('are counted to 64 and no further', async () => {
    for (let i = 0; i < 70; i++) await connect(i * 1000, `nonce-${i}`);
    expect((await connect(70_000, 'last')).flaps).toBe(64);
  });

  test('ends by the fault of the device are counted too, and are no plan', async () => {
    await connect(0);
    await leave(minute, 'fault');
    expect(await connect(2 * minute)).toMatchObject({ flaps: 1, faults: 1 });
  });
});

describe('the timeline', () => {
  test('has the connections and their ends, and lives as long as the record', async () => {
    const history = keys.history(keys.partitionOf(id), id);
    await connect(0);
    expect(await redis.ttl(history)).toBe(-1);
    await leave(minute, 'unplanned');
    expect(await redis.ttl(history)).toBe(await redis.ttl(keys.device(keys.partitionOf(id), id)));
    await connect(2 * minute, 'nonce-b');
    await connect(3 * minute, 'nonce-c');
    expect(await redis.ttl(history)).toBe(-1);
    expect((await store.history(id)).map(({ kind, ts }) => [kind, Number(ts) - start])).toEqual([
      ['connected', 0],
      ['disconnected', minute],
      ['connected', 2 * minute],
      ['superseded', 3 * minute],
    ]);
    expect((await store.history(id))[1]).toMatchObject({
      reason: 'normal',
      by: 'device',
      durationMs: '5000',
    });
  });

  test('is bounded', async () => {
    for (let i = 0; i < 300; i++) await connect(i, `nonce-${i}`);
    expect(await store.history(id)).toHaveLength(defaultHistoryLength);
    const ids = (await readTimeline(redis, keys, id, 1000)).map((line) => line.id);
    expect(new Set(ids).size).toBe(defaultHistoryLength);
  });
});

test('tags and sleep are in the event and in the record', async () => {
  await claimDevice(redis, keys, claimOf(id, { tags: { site: 'kiel' }, isSleepy: true }));
  expect((await store.events(id))[0]).toMatchObject({
    type: 'connected',
    tags: '{"site":"kiel"}',
    sleepy: '1',
  });
  expect(await store.record(id)).toMatchObject({ tags: '{"site":"kiel"}', sleepy: '1' });
  await claimDevice(redis, keys, claimOf(id, { nonce: 'nonce-b' }));
  expect((await store.events(id))[1]).not.toHaveProperty('tags');
  expect((await store.events(id))[1]).not.toHaveProperty('sleepy');
  expect(await store.record(id)).toMatchObject({ tags: '', sleepy: '' });
});

describe('what is told of a link', () => {
  const facts: QualityFacts = {
    score: 40,
    band: 'poor',
    penalties: { rtt: 45, jitter: 5, loss: 10, flaps: 0, errors: 0, stalls: 0 },
    confidence: 'high',
    rttMs: 320.5,
    jitterMs: 20,
    lossRatio: undefined,
    sources: { rtt: 'tcp', jitter: 'tcp' },
    zombie: undefined,
    flaps: 0,
  };
  const touch = (tell: QualityTouch['tell'], nonce = 'nonce-a', told = facts): Promise<Touched> =>
    touchDevices(redis, keys, keys.partitionOf(id), 'gw-1.aaaa', start + minute, [
      { clientId: id, nonce, lastSeen: start, messages: 1, bytes: 2, quality: { facts: told, tell } },
    ]);

  test('the record alone', async () => {
    await connect(0);
    expect(await touch('record')).toEqual({ superseded: [], lost: [], troubled: [] });
    expect(await store.record(id)).toMatchObject({ quality: '40', band: 'poor', rttMs: '320.5' });
    expect(await store.record(id)).not.toHaveProperty('lossRatio');
    expect(await store.history(id)).toHaveLength(1);
    expect(await store.events(id)).toHaveLength(1);
  });

  test('what is not known any more leaves the record', async () => {
    await connect(0);
    await touch('record');
    await touch('record', 'nonce-a', { ...facts, score: undefined, rttMs: undefined, band: 'unknown' });
    const record = await store.record(id);
    expect(record).not.toHaveProperty('quality');
    expect(record).not.toHaveProperty('rttMs');
    expect(record['band']).toBe('unknown');
  });

  test('a point of the timeline', async () => {
    await connect(0);
    await touch('point');
    expect((await store.history(id))[1]).toMatchObject({ kind: 'point', score: '40', rttMs: '320.5' });
    expect(await store.events(id)).toHaveLength(1);
  });

  test.each(bands)('a change of band from %s: an event, and a line of the timeline', async (previousBand) => {
    await connect(0);
    await touch({ previousBand });
    const event = (await store.events(id))[1]!;
    expect(event).toMatchObject({ type: 'quality', device: id, epoch: '1', score: '40', version: '1' });
    expect(event).toMatchObject({ band: 'poor', previousBand, confidence: 'high', node: 'gw-1.aaaa' });
    expect(JSON.parse(event['penalties']!)).toEqual(facts.penalties);
    expect((await store.history(id))[1]).toMatchObject({ kind: 'quality', band: 'poor' });
    expect((await connect(2 * minute, 'nonce-b')).band).toBe('poor');
  });

  test('a timeline that cannot be written keeps nobody out, and nothing else from being told', async () => {
    await redis.set(keys.history(keys.partitionOf(id), id), 'something else');
    await connect(0);
    expect(await touch({ previousBand: 'good' })).toEqual({ superseded: [], lost: [], troubled: [] });
    await leave(minute, 'unplanned');
    expect((await connect(2 * minute, 'nonce-b')).flaps).toBe(1);
    const told = (await store.events(id)).map(({ type }) => type);
    expect(told).toEqual(['connected', 'quality', 'disconnected', 'connected']);
    expect(await store.record(id)).toMatchObject({ state: 'online', quality: '40' });
  });

  test('nothing by a connection that does not speak for the device any more', async () => {
    await connect(0, 'nonce-b');
    const before = await store.record(id);
    expect(await touch({ previousBand: 'good' }, 'nonce-a')).toMatchObject({ superseded: [id] });
    expect(await store.record(id)).toEqual(before);
    expect(await store.events(id)).toHaveLength(1);
    expect(await store.history(id)).toHaveLength(1);
  });

  test('trouble of the last hour is answered, and forgotten after it', async () => {
    await connect(0, 'nonce-a');
    await connect(1, 'nonce-b');
    expect((await touch('record', 'nonce-b')).troubled).toEqual([{ clientId: id, flaps: 1, faults: 0 }]);
    const later = start + 61 * minute;
    const answer = await touchDevices(redis, keys, keys.partitionOf(id), 'gw-1.aaaa', later, [
      { clientId: id, nonce: 'nonce-b', lastSeen: start, messages: 1, bytes: 2 },
    ]);
    expect(answer.troubled).toEqual([{ clientId: id, flaps: 0, faults: 0 }]);
  });
});
