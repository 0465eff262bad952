import { createLogger } from '@tributary/runtime';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { messageOf } from '../testing/messages.ts';
import { StoreDesk } from '../testing/store.ts';
import { until } from '../testing/until.ts';
import { Retained } from './retained.ts';

let desk: StoreDesk;
let retained: Retained;

beforeEach(async () => {
  desk = await new StoreDesk().started();
  retained = nodeWith();
});
afterEach(async () => {
  retained.close();
  await desk.close();
});

function nodeWith(limits: Partial<{ maxMessages: number; maxPayloadBytes: number }> = {}): Retained {
  const logger = createLogger({ level: 'silent' });
  return new Retained(desk.store, desk.keys, { maxMessages: 100, maxPayloadBytes: 1000, ...limits }, logger);
}

const set = (topic: string, payload: string, differs: Parameters<typeof messageOf>[0] = {}): Promise<void> =>
  new Promise((resolve, reject) =>
    retained.set(messageOf({ topic, payload: Buffer.from(payload), ...differs }), (fault) =>
      fault === undefined ? resolve() : reject(fault),
    ),
  );
const read = async (...topics: string[]): Promise<(string | undefined)[]> =>
  (await retained.read(topics)).map((message) => message?.payload.toString());

describe('a retained message', () => {
  test('is set, replaced, and cleared by an empty payload', async () => {
    await set('a/b', 'one');
    expect([...retained.matching('a/+')]).toEqual(['a/b']);
    expect(await read('a/b', 'a/c')).toEqual(['one', undefined]);
    await set('a/b', 'two');
    expect(retained.count).toBe(1);
    expect(await read('a/b')).toEqual(['two']);
    await set('a/b', '');
    expect([...retained.matching('#')]).toEqual([]);
    expect(await read('a/b')).toEqual([undefined]);
    await set('a/b', '');
    expect(retained.count).toBe(0);
  });

  test('of two sent in one turn the later stays', async () => {
    await Promise.all([set('t', 'one'), set('t', 'two'), set('u', 'x'), set('u', '')]);
    expect(await read('t', 'u')).toEqual(['two', undefined]);
    expect([...retained.matching('#')]).toEqual(['t']);
  });

  test('is there for who subscribes while it is on its way to Redis', async () => {
    const message = messageOf({ topic: 'a/b', payload: Buffer.from('first') });
    const later = messageOf({ topic: 'a/b', payload: Buffer.from('second') });
    const done = Promise.all(
      [message, later].map((each) => new Promise((resolve) => retained.set(each, resolve))),
    );
    expect([retained.count, retained.has('a/b'), [...retained.matching('a/+')]]).toEqual([1, true, ['a/b']]);
    expect([message, later].map((each) => retained.isArriving(each))).toEqual([false, true]);
    expect(await read('a/b')).toEqual(['second']);
    await done;
    expect([retained.count, retained.isArriving(later)]).toEqual([1, false]);
  });

  test('that takes the place of another is waited for, but where the older one is asked for', async () => {
    await set('t', 'old');
    const message = messageOf({ topic: 't', payload: Buffer.from('new') });
    const done = new Promise((resolve) => retained.set(message, resolve));
    expect([retained.count, retained.isArriving(message)]).toEqual([1, false]);
    const asked = await Promise.all([retained.read(['t']), retained.read(['t'], true)]);
    expect(asked.map(([found]) => found?.payload.toString())).toEqual(['new', 'old']);
    await done;
  });

  test('of several on their way the last is waited for', async () => {
    const done = Promise.all([set('t', 'one'), set('t', ''), set('t', 'three')]);
    expect(await read('t')).toEqual(['three']);
    await done;
    expect([retained.count, [...retained.matching('#')]]).toEqual([1, ['t']]);
  });

  test('that Redis refused is none', async () => {
    await desk.redis.set(desk.keys.retained(desk.keys.partitionOf('a/b')), 'no hash');
    await expect(set('a/b', 'x')).rejects.toThrow('WRONGTYPE');
    expect([retained.count, retained.has('a/b'), [...retained.matching('#')]]).toEqual([0, false, []]);
  });

  test('comes back with all that was beside it', async () => {
    const message = messageOf({
      ...{ topic: 'a/ä', qos: 2, retain: true, payload: Buffer.from([0, 255, 10]), contentType: 'x' },
      ...{ expiresAt: Date.now() + 60_000, props: { user: [['k', 'v']] } },
    });
    await new Promise((resolve) => retained.set(message, resolve));
    expect(await retained.read(['a/ä'])).toEqual([message]);
  });

  test('is none any more when it has expired', async () => {
    await set('t', 'x', { expiresAt: Date.now() - 1 });
    expect(await read('t')).toEqual([undefined]);
  });

  test('waits for a connection that was lost', async () => {
    await desk.cut();
    await set('t', 'x');
    await until('the store to be up', () => desk.store.isUp);
    expect(await read('t')).toEqual(['x']);
  });
});

describe('a limit', () => {
  const of = (topic: string, payload: string): Parameters<Retained['refusal']>[0] =>
    messageOf({ topic, payload: Buffer.from(payload) });

  test('on the number refuses a new topic, and neither a replacement nor a clearing', async () => {
    retained.close();
    retained = nodeWith({ maxMessages: 2 });
    expect(retained.refusal(of('a', 'x'))).toBeUndefined();
    await set('a', 'x');
    await set('b', 'x');
    expect(retained.refusal(of('c', 'x'))).toBe('quota-exceeded');
    expect(retained.refusal(of('b', 'y'))).toBeUndefined();
    expect(retained.refusal(of('c', ''))).toBeUndefined();
    await set('a', '');
    expect(retained.refusal(of('c', 'x'))).toBeUndefined();
  });

  test('on the payload refuses what is a byte longer', () => {
    expect(retained.refusal(of('a', 'x'.repeat(1000)))).toBeUndefined();
    expect(retained.refusal(of('a', 'x'.repeat(1001)))).toBe('quota-exceeded');
  });

  test('of none refuses all but clearing', () => {
    retained.close();
    retained = nodeWith({ maxMessages: 0 });
    expect(retained.refusal(of('a', 'x'))).toBe('quota-exceeded');
    expect(retained.refusal(of('a', ''))).toBeUndefined();
  });
});

describe('what the log tells', () => {
  test('of other nodes is taken over', () => {
    retained.followed('a', true, 1);
    retained.followed('b', true, 2);
    retained.followed('a', false, 3);
    expect([...retained.matching('#')]).toEqual(['b']);
  });

  test('is not believed where this node did something later itself', () => {
    retained.changed('a', false, 7);
    retained.followed('a', true, 6);
    expect([...retained.matching('#')]).toEqual([]);
    retained.followed('a', false, 7);
    retained.followed('a', true, 8);
    expect([...retained.matching('#')]).toEqual(['a']);
    retained.changed('a', true, 9);
    retained.followed('a', false, 10);
    expect([...retained.matching('#')]).toEqual([]);
  });
});

test('loading a partition anew brings what is missing and takes what is gone, of that partition alone', () => {
  for (const topic of ['x/1', 'x/2', 'y/1']) retained.followed(topic, true, 1);
  retained.changed('x/lost', true, 9);
  retained.reload((topic) => topic.startsWith('x/'), ['x/2', 'x/3']);
  expect([...retained.matching('#')].toSorted()).toEqual(['x/2', 'x/3', 'y/1']);
  // Redis lost what this node did: its log counts anew.
  retained.followed('x/lost', true, 2);
  expect([...retained.matching('x/lost')]).toEqual(['x/lost']);
});
