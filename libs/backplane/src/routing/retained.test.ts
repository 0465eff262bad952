import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { dueTimers } from '../presence/timers.ts';
import type { StoredMessage } from '../records/message-record.ts';
import { everyByte, messageOf, TestStore } from '../testing/test-store.ts';
import { readLogs } from './logs.ts';
import {
  expireRetained,
  loadRetainedTopics,
  readRetained,
  type RetainedChange,
  retainedPartition,
  setRetained,
} from './retained.ts';

const store = new TestStore();
const { redis, keys } = store;
afterEach(() => store.clear());
afterAll(() => store.close());

const topic = 'a/b';
const p = retainedPartition(keys, topic);
const retain = (differs: Partial<StoredMessage> = {}): Promise<RetainedChange> =>
  setRetained(redis, keys, messageOf({ topic, retain: true, ...differs }));
const clear = (): Promise<RetainedChange> => retain({ payload: Buffer.alloc(0) });
const read = (topics: string[] = [topic], now?: number): ReturnType<typeof readRetained> =>
  readRetained(redis, keys, topics, now);
const timer = (): Promise<string | null> => redis.zscore(keys.timers(p), `retained:${topic}`);
const logged = async (): Promise<string[]> =>
  (await redis.xrange(keys.retainedLog(p), '-', '+')).map(([, fields]) => fields.join(' '));

describe('a retained message', () => {
  test('lies in the partition of its topic', () => {
    expect(retainedPartition(keys, 'ä/b')).toBe(keys.partitionOf('ä/b'));
  });

  test('is set, replaced and cleared, each with its version and its entry of the log', async () => {
    expect(await retain({ payload: everyByte, contentType: 'x', props: { user: [['k', 'v']] } })).toEqual({
      ...{ version: 1, change: 'set' },
    });
    expect(await read()).toEqual([
      messageOf({ topic, retain: true, payload: everyByte, contentType: 'x', props: { user: [['k', 'v']] } }),
    ]);
    expect(await retain({ qos: 0 })).toEqual({ version: 2, change: 'set' });
    expect(await read()).toMatchObject([{ qos: 0, payload: Buffer.from('hello') }]);
    expect(await clear()).toEqual({ version: 3, change: 'cleared' });
    expect(await read()).toEqual([undefined]);
    expect(await logged()).toEqual(['v 1 op + topic a/b', 'v 2 op + topic a/b', 'v 3 op - topic a/b']);
  });

  test('that is not there is not cleared', async () => {
    expect(await clear()).toEqual({ version: 0, change: 'none' });
    await retain();
    await clear();
    expect(await clear()).toEqual({ version: 2, change: 'none' });
    expect(await logged()).toHaveLength(2);
  });

  test('has a timer while it expires', async () => {
    await retain({ expiresAt: 1_700_000_060_000 });
    expect(await timer()).toBe('1700000060000');
    await retain({ expiresAt: 1_700_000_090_000 });
    expect(await timer()).toBe('1700000090000');
    await retain();
    expect(await timer()).toBeNull();
    await retain({ expiresAt: 1_700_000_060_000 });
    await clear();
    expect(await timer()).toBeNull();
  });

  test('goes when its time has come, and not before', async () => {
    const [seconds] = await redis.time();
    await retain({ expiresAt: (Number(seconds) + 60) * 1000 });
    expect(await expireRetained(redis, keys, topic)).toEqual({ version: 1, change: 'none' });
    await retain({ expiresAt: (Number(seconds) - 1) * 1000 });
    expect(await dueTimers(redis, keys, p, 10)).toEqual([{ kind: 'retained', id: topic }]);
    expect(await expireRetained(redis, keys, topic)).toEqual({ version: 3, change: 'cleared' });
    expect(await expireRetained(redis, keys, topic)).toEqual({ version: 3, change: 'none' });
    expect(await dueTimers(redis, keys, p, 10)).toEqual([]);
    expect(await loadRetainedTopics(redis, keys, p)).toMatchObject({ version: 3, topics: [] });
  });

  test('that was replaced by a lasting one does not go', async () => {
    await retain({ expiresAt: 1 });
    await retain();
    expect(await expireRetained(redis, keys, topic)).toEqual({ version: 2, change: 'none' });
  });

  test('is not read after its time, though its timer has not run', async () => {
    await retain({ expiresAt: 1_700_000_060_000 });
    expect(await read([topic], 1_700_000_059_999)).toMatchObject([{ topic }]);
    expect(await read([topic], 1_700_000_060_000)).toEqual([undefined]);
    expect(await read()).toEqual([undefined]);
  });
});

describe('many retained messages', () => {
  const topics = Array.from({ length: 300 }, (_, i) => `ä/${i}`);

  test('are read in the order asked for, across partitions', async () => {
    for (const each of topics) await retain({ topic: each, payload: Buffer.from(each) });
    const asked = ['never', ...topics.toReversed(), 'ä/7', 'never'];
    const found = await read(asked);
    expect(found.map((message) => message?.payload.toString())).toEqual([
      undefined,
      ...topics.toReversed(),
      'ä/7',
      undefined,
    ]);
    expect(await read([])).toEqual([]);
  });

  test('are listed by partition, each log in step with its version', async () => {
    for (const each of topics) await retain({ topic: each });
    const listed: string[] = [];
    for (let partition = 0; partition < keys.partitions; partition++) {
      const { version, topics: found, logId } = await loadRetainedTopics(redis, keys, partition);
      expect(found.every((each) => retainedPartition(keys, each) === partition)).toBe(true);
      expect(version).toBe(found.length);
      const entries = await readLogs(redis, keys, new Map([[keys.retainedLog(partition), '0']]), 10);
      expect(entries.at(-1)!.id).toBe(logId);
      expect(entries.map(({ change }) => change)).toEqual(
        entries.map(({ fields }, i) => ({
          ...{ kind: 'retained', partition, version: i + 1, op: '+', topic: fields.get('topic') },
        })),
      );
      listed.push(...found);
    }
    expect(listed.toSorted()).toEqual(topics.toSorted());
  });

  test('there are none in a partition without any', async () => {
    expect(await loadRetainedTopics(redis, keys, 0)).toEqual({ version: 0, logId: '0-0', topics: [] });
  });

  test('a broken one is told as such', async () => {
    await redis.hset(keys.retained(p), topic, 'nonsense');
    await expect(read()).rejects.toMatchObject({ code: 'broken-record' });
  });
});
