import { afterAll, expect, test } from 'vitest';
import { TestStore } from '../testing/test-store.ts';
import { readSessionView } from './session-view.ts';
import { encodeTimelineLine, readTimeline, readTimelineAfter } from './timeline.ts';

const store = new TestStore();
const { redis, keys } = store;
afterAll(() => store.close());

const sessionOf = (id: string) => keys.session(keys.partitionOf(id), id);
const queueOf = (id: string) => keys.queue(keys.partitionOf(id), id);

test('a device without a session has none', async () => {
  expect(await readSessionView(redis, keys, 'nobody', 10)).toBeUndefined();
});

test('reads subscriptions, what is under way, the will and the queue', async () => {
  const id = 'x}:device:y';
  await redis.hset(sessionOf(id), {
    ...{ expiry: 600, epoch: 7, present: 1, n: 3, qbytes: 345, qdropped: 2, will: '{}\n\0payload' },
    ...{ 'sub:b/#': '{"qos":1}', 'sub:a/+': '{"qos":2,"nl":true,"rap":true,"rh":2,"identifier":9}' },
    ...{ 'sub:broken': '[', 'rx:5': '7/1/0-1', 'rx:6': '7/2/0-1', 'tx:1': '1' },
  });
  await redis.xadd(queueOf(id), '2-0', 'topic', 't', 'ts', 1_700_000_000_123, 'payload', '\0\u0001');
  await redis.xadd(queueOf(id), '3-0', 'topic', 't', 'ts', 1_700_000_000_999, 'payload', '');
  const rest = { noLocal: false, retainAsPublished: false, retainHandling: 0, identifier: undefined };
  expect(await readSessionView(redis, keys, id, 10)).toEqual({
    expiry: 600,
    epoch: 7,
    subscriptions: [
      { filter: 'a/+', qos: 2, noLocal: true, retainAsPublished: true, retainHandling: 2, identifier: 9 },
      { filter: 'b/#', qos: 1, ...rest },
      { filter: 'broken', qos: 0, ...rest },
    ],
    queue: { length: 2, bytes: 345, dropped: 2, oldestAt: 1_700_000_000_123 },
    receiving: 2,
    releasing: 1,
    hasWill: true,
  });
  expect((await readSessionView(redis, keys, id, 1))?.subscriptions).toHaveLength(1);
});

test('a timeline is read backwards from a place, and forwards after one', async () => {
  const id = 'pump-1';
  const key = keys.history(keys.partitionOf(id), id);
  for (let i = 1; i <= 5; i++)
    await redis.lpush(
      key,
      encodeTimelineLine(`${i}-0`, { kind: 'point', ts: i }),
      i === 3 ? 'no line' : '[]',
    );
  const ids = (lines: { id: string }[]) => lines.map((line) => line.id);
  expect(ids(await readTimeline(redis, keys, id, 2))).toEqual(['5-0', '4-0']);
  expect(ids(await readTimeline(redis, keys, id, 10, '3-0'))).toEqual(['2-0', '1-0']);
  expect(ids(await readTimelineAfter(redis, keys, id, 10, '3-0'))).toEqual(['4-0', '5-0']);
  expect((await readTimeline(redis, keys, id, 1))[0]?.fields.get('ts')).toBe('5');
});
