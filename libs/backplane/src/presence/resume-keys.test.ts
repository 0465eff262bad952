import { afterAll, expect, test } from 'vitest';
import { TestStore } from '../testing/test-store.ts';
import { dropResumeKey, maxResumeIdentityBytes, putResumeKey, readResumeKey } from './resume-keys.ts';

const store = new TestStore();
afterAll(() => store.close());

const { redis, keys } = store;
const key = {
  key: Buffer.alloc(32, 7),
  epoch: 5,
  previousEpoch: 0,
  provenAt: 1_700_000_000_000,
  identity: '{"by":"users"}',
};
const later = (): number => Date.now() + 60_000;
/** The device was here with this epoch. */
const wasHere = (clientId: string, epoch: number) =>
  redis.hset(keys.device(keys.partitionOf(clientId), clientId), 'epoch', epoch);

test('a key reads as it was written, with the epoch of whoever was there last', async () => {
  await wasHere('pump-1', 9);
  await putResumeKey(redis, keys, 'pump-1', key, later());
  expect(await readResumeKey(redis, keys, 'pump-1')).toEqual({ ...key, newestEpoch: 9 });
});

test('a newer one takes its place, and it ends at its time', async () => {
  await wasHere('pump-2', 5);
  await putResumeKey(redis, keys, 'pump-2', key, later());
  const until = later();
  await putResumeKey(redis, keys, 'pump-2', { ...key, epoch: 6, previousEpoch: 5 }, until);
  expect(await readResumeKey(redis, keys, 'pump-2')).toMatchObject({ epoch: 6, previousEpoch: 5 });
  expect(await redis.pexpiretime(keys.resume(keys.partitionOf('pump-2'), 'pump-2'))).toBe(until);
});

test('there is none of a device that has none, whose record is gone, or that cannot be read', async () => {
  expect(await readResumeKey(redis, keys, 'nobody')).toBeUndefined();
  await putResumeKey(redis, keys, 'no-record', key, later());
  expect(await readResumeKey(redis, keys, 'no-record')).toBeUndefined();
  await wasHere('broken', 5);
  await putResumeKey(redis, keys, 'broken', { ...key, key: Buffer.alloc(31) }, later());
  expect(await readResumeKey(redis, keys, 'broken')).toBeUndefined();
});

test('one that is dropped is gone', async () => {
  await wasHere('pump-3', 5);
  await putResumeKey(redis, keys, 'pump-3', key, later());
  await dropResumeKey(redis, keys, 'pump-3');
  expect(await readResumeKey(redis, keys, 'pump-3')).toBeUndefined();
});

test('an identity that is too long is not kept', async () => {
  const identity = 'x'.repeat(maxResumeIdentityBytes + 1);
  await expect(putResumeKey(redis, keys, 'long', { ...key, identity }, later())).rejects.toThrow(RangeError);
});
