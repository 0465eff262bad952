import { afterAll, afterEach, expect, test } from 'vitest';
import { claimOf, releaseOf, TestStore } from '../testing/test-store.ts';
import { claimDevice, releaseDevice } from './claims.ts';
import { tellClasses } from './class-changes.ts';
import { readTimeline } from './timeline.ts';

const store = new TestStore();
const { redis, keys } = store;
afterEach(() => store.clear());
afterAll(() => store.close());

const change = { class: 'critical', previousClass: 'bulk', cause: 'topic' } as const;

test('a change of class stands in the record, in the events and in the timeline of who speaks for the device', async () => {
  const partition = keys.partitionOf('a');
  const { epoch } = await claimDevice(redis, keys, claimOf('a', { nonce: 'now' }));
  const changes = [
    { clientId: 'a', nonce: 'before', ...change },
    { clientId: 'a', nonce: 'now', ...change },
    { clientId: 'nobody', nonce: 'now', ...change },
  ];
  expect(await tellClasses(redis, keys, partition, 'gw-1.x', 7, changes)).toBe(1);
  expect(await redis.hget(keys.device(partition, 'a'), 'class')).toBe('critical');
  expect(await redis.exists(keys.device(partition, 'nobody'))).toBe(0);
  const facts = { ts: '7', epoch: String(epoch), node: 'gw-1.x', ...change };
  const [, fields] = (await redis.xrevrange(keys.events(partition), '+', '-', 'COUNT', 1))[0]!;
  expect(
    Object.fromEntries(fields.flatMap((name, i) => (i % 2 === 0 ? [[name, fields[i + 1]]] : []))),
  ).toEqual({
    type: 'class',
    device: 'a',
    ...facts,
  });
  const [line] = await readTimeline(redis, keys, 'a', 1);
  expect(Object.fromEntries(line!.fields)).toEqual({ kind: 'class', ...facts });
});

test('a raised device that leaves goes back to the class it has by the rules, and that is told before its end', async () => {
  const partition = keys.partitionOf('a');
  const { epoch } = await claimDevice(redis, keys, claimOf('a', { class: 'bulk', nonce: 'now' }));
  await tellClasses(redis, keys, partition, 'gw-1.x', 7, [{ clientId: 'a', nonce: 'now', ...change }]);
  await releaseDevice(redis, keys, releaseOf('a', { nonce: 'now', baseClass: 'bulk' }));
  expect((await store.record('a'))['class']).toBe('bulk');
  const events = (await store.events('a')).slice(-2);
  expect(events).toMatchObject([
    { type: 'class', epoch: String(epoch), class: 'bulk', previousClass: 'critical', cause: 'over' },
    { type: 'disconnected', epoch: String(epoch) },
  ]);
  expect((await store.history('a')).map(({ kind }) => kind)).toContain('class');
});

test('of a device that was not raised no class is told', async () => {
  await claimDevice(redis, keys, claimOf('a', { class: 'bulk' }));
  await releaseDevice(redis, keys, releaseOf('a', { baseClass: 'bulk' }));
  expect((await store.events('a')).map(({ type }) => type)).toEqual(['connected', 'disconnected']);
});
