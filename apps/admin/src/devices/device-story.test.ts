import { encodeTimelineLine, Store, type Keys } from '@tributary/backplane';
import type { DeviceDetail } from '@tributary/protocol/admin-api';
import { ManualClock } from '@tributary/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DeviceChannel } from '../live/device-channel.ts';
import { GatewayDouble } from '../testing/gateway-double.ts';
import { until } from '../testing/until.ts';
import { DeviceStory } from './device-story.ts';
import { WatchedDevices } from './watched-devices.ts';

const gateway = new GatewayDouble();
const { keys, redis } = gateway;
const clock = new ManualClock(1_700_000_600_000);
const store = new Store({ url: gateway.url, name: 'test', connectTimeoutMs: 2000, replyTimeoutMs: 5000 });
const details = new Map<string, DeviceDetail>();
let known: Keys | undefined = keys;
const detailOf = (id: string) => details.get(id);
const watched = new WatchedDevices({ store, keys: () => known, clock, detailOf });
const story = new DeviceStory({ store, keys: () => known, clock, watched, detailOf });

beforeAll(async () => {
  details.set('known', { qualityAt: 0 } as DeviceDetail);
  store.start();
  await until(() => store.isUp);
});

afterAll(async () => {
  watched.stop();
  await store.close();
  await gateway.stop();
});

const note = (id: string, entryId: string, fields: Record<string, string | number>) =>
  redis.lpush(keys.history(keys.partitionOf(id), id), encodeTimelineLine(entryId, fields));

test.each(['a/b', 'x}:device:y', '<img src=x>', '%2e%2e', '设备 1', '\0\u202E'])(
  'tells what happened to %j, newest first and page by page',
  async (id) => {
    for (let i = 1; i <= 5; i++) {
      await note(id, `${i * 10}-0`, {
        kind: 'disconnected',
        ts: i,
        reason: 'normal',
        by: 'device',
        durationMs: 5000,
      });
      await note(id, `${i * 10}-1`, { kind: 'point', ts: i, score: 90 });
    }
    const first = await story.timeline(id, 2, undefined);
    expect(first.items.map((entry) => entry.id)).toEqual(['50-0', '40-0']);
    const second = await story.timeline(id, 2, first.nextCursor!);
    expect(second.items.map((entry) => entry.id)).toEqual(['30-0', '20-0']);
    const third = await story.timeline(id, 2, second.nextCursor!);
    expect(third).toMatchObject({ items: [{ id: '10-0' }], nextCursor: null });
    expect(third.sessions.counts).toEqual([0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  },
);

test('a device nobody knows is not found, one without a past is', async () => {
  for (const ask of [
    () => story.timeline('nobody', 5, undefined),
    () => story.history('nobody', { rangeMs: 60_000 }),
    () => story.session('nobody'),
    () => story.traffic('nobody'),
  ]) {
    await expect(ask()).rejects.toMatchObject({ status: 404, code: 'device-not-found' });
  }
  expect(await story.timeline('known', 5, undefined)).toMatchObject({ items: [], nextCursor: null });
  expect(await story.session('known')).toMatchObject({ isKept: false, queue: { length: 0, oldestAt: null } });
  expect((await story.traffic('known')).topics).toEqual([]);
});

test('while no gateway has ever been here, there is no device', async () => {
  known = undefined;
  await expect(story.session('known')).rejects.toMatchObject({ code: 'device-not-found' });
  known = keys;
});

test('traffic is a bounded sample of the partition, counted by topic', async () => {
  const [id, other] = ['busy', 'noisy'];
  const up = keys.uplink(keys.partitionOf(id));
  const send = (device: string, topic: string, payload: string | Buffer) =>
    redis.xadd(up, '*', 'device', device, 'topic', topic, 'payload', payload);
  for (let i = 0; i < 60; i++) await send(other, 'x', 'yy');
  for (let i = 0; i < 3; i++) await send(id, 'a/b', Buffer.from([0xff, 0x00, 0x80]));
  await send(id, '<b>', 'hello');
  const { topics, sampled } = await story.traffic(id);
  expect(topics).toMatchObject([
    { topic: 'a/b', messages: 3, bytes: 9 },
    { topic: '<b>', messages: 1, bytes: 5 },
  ]);
  expect(sampled).toMatchObject({ entries: 64, ofDevice: 4 });
});

test('large payloads end the look early', async () => {
  const id = 'large';
  const up = keys.uplink(keys.partitionOf(id));
  const payload = Buffer.alloc(200_000);
  for (let i = 0; i < 60; i++) await redis.xadd(up, '*', 'device', id, 'topic', 't', 'payload', payload);
  const { sampled } = await story.traffic(id);
  expect(sampled.entries).toBeLessThan(45);
});

function detail(id: string, qualityAt: number, score: number): DeviceDetail {
  const penalties = { rtt: 100 - score, jitter: 0, loss: 0, flaps: 0, errors: 0, stalls: 0 };
  const figures = { rttMs: 5, jitterMs: null, lossRatio: null };
  return { id, state: 'connected', qualityAt, score, penalties, ...figures } as unknown as DeviceDetail;
}

test('a watched device has fine points and what happens to it, once each', async () => {
  const id = 'watched';
  const now = clock.now();
  await note(id, '1-0', { kind: 'connected', ts: now - 90_000 });
  await note(id, '2-0', { kind: 'point', ts: now - 40_000, score: 30 });
  await note(id, '2-1', { kind: 'point', ts: now - 5000, score: 31 });
  details.set(id, detail(id, now - 10_000, 95));
  const channel = new DeviceChannel(id, watched, detailOf);
  expect(channel.snapshot()).toMatchObject({ points: [{ score: 95 }], events: [] });
  await watched.look();
  expect(channel.delta()).toBeUndefined();
  details.set(id, detail(id, now - 5000, 60));
  await note(id, '3-0', { kind: 'quality', ts: now - 5000, score: 60, band: 'fair' });
  await note(id, '3-1', { kind: 'disconnected', ts: now - 4000, reason: 'normal' });
  await until(async () => {
    await watched.look();
    return watched.of(id)?.entries.length === 2;
  });
  expect(channel.delta()).toMatchObject({ points: [{ score: 60 }], events: [{ id: '3-0' }, { id: '3-1' }] });
  expect(channel.delta()).toBeUndefined();
  const history = await story.history(id, { rangeMs: 60_000 });
  expect(history.points.map(({ score }) => score)).toEqual([30, 95, 60]);
  expect(history.marks.map((mark) => mark.id)).toEqual(['3-0', '3-1']);
  channel.close();
  channel.close();
  await watched.look();
  expect(watched.of(id)).toBeDefined();
  clock.advance(60_000);
  await watched.look();
  expect(watched.size).toBe(0);
  const again = new DeviceChannel(id, watched, detailOf);
  await watched.look();
  expect(watched.size).toBe(1);
  again.close();
});

test('a device that is well for long has at least its newest figures', async () => {
  const id = 'steady';
  const now = clock.now();
  await note(id, '1-0', { kind: 'point', ts: now - 1000, score: 100 });
  details.set(id, detail(id, now - 500, 99));
  expect((await story.history(id, { rangeMs: 60_000 })).points.map(({ score }) => score)).toEqual([100, 99]);
});

test('a stretch of the past is told without what came before and after it', async () => {
  const id = 'past';
  const now = clock.now();
  for (const [i, ageMs] of [9000, 6000, 3000].entries())
    await note(id, `${i + 1}-0`, { kind: 'quality', ts: now - ageMs, score: 10 * i, band: 'bad' });
  details.set(id, detail(id, now - 500, 99));
  const history = await story.history(id, { from: now - 7000, to: now - 5000, rangeMs: 0 });
  expect(history).toMatchObject({ from: now - 7000, to: now - 5000, at: now });
  expect(history.points.map(({ score }) => score)).toEqual([10]);
  expect(history.marks.map((mark) => mark.id)).toEqual(['2-0']);
  await expect(story.history(id, { from: now, rangeMs: 0 })).rejects.toMatchObject({ code: 'bad-range' });
});

test('while Redis is away, a device that is watched has what came in meanwhile', async () => {
  const closed = new Store({ url: gateway.url, name: 'test', connectTimeoutMs: 2000, replyTimeoutMs: 5000 });
  const parts = { store: closed, keys: () => known, clock, detailOf };
  const own = new WatchedDevices(parts);
  const away = new DeviceStory({ ...parts, watched: own });
  details.set('seen', detail('seen', clock.now() - 500, 70));
  await expect(away.history('seen', { rangeMs: 60_000 })).rejects.toMatchObject({ code: 'redis-away' });
  own.watch('seen');
  expect(await away.history('seen', { rangeMs: 60_000 })).toMatchObject({
    points: [{ score: 70 }],
    marks: [],
  });
  own.stop();
});
