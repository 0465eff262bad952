import { afterAll, afterEach, expect, test } from 'vitest';
import { OwnRedis } from '../testing/own-redis.ts';
import { TestStore } from '../testing/test-store.ts';
import { lastCredentialChange, readCredentialChanges } from './credential-changes.ts';
import {
  listCredentials,
  putCredential,
  readCredential,
  readCredentials,
  removeCredential,
  type DeviceCredential,
} from './device-credentials.ts';

const store = new TestStore();
const { redis, keys } = store;
afterEach(() => store.clear());
afterAll(() => store.close());

const credential: DeviceCredential = {
  ...{ id: 'c1', digest: 'abc', spki: undefined, label: 'hall 3', by: 'ann', at: 1_700_000_000_000 },
};

test('a credential is kept until it is replaced or removed', async () => {
  expect(await putCredential(redis, keys, 'pump/1', credential)).toBe('put');
  expect(await readCredential(redis, keys, 'pump/1')).toEqual(credential);
  await putCredential(redis, keys, 'pump/1', { ...credential, id: 'c2', digest: undefined, spki: 'key' });
  expect(await readCredentials(redis, keys, ['x', 'pump/1'])).toEqual([
    undefined,
    { ...credential, id: 'c2', digest: undefined, spki: 'key' },
  ]);
  expect(await removeCredential(redis, keys, 'pump/1')).toBe(true);
  expect(await removeCredential(redis, keys, 'pump/1')).toBe(false);
  expect(await readCredential(redis, keys, 'pump/1')).toBeUndefined();
});

test('some are listed, and how many there are', async () => {
  for (let i = 0; i < 30; i++) await putCredential(redis, keys, `pump-${i}`, credential);
  const { items, total } = await listCredentials(redis, keys, 20);
  expect([items.length, total]).toEqual([20, 30]);
});

test('what lets in whoever comes is no credential', async () => {
  for (const broken of [
    '',
    'no json',
    'null',
    '{}',
    '{"id":"c1"}',
    '{"id":"","digest":"a"}',
    '{"id":1,"digest":"a"}',
  ]) {
    await redis.hset(keys.credentials(keys.partitionOf('a')), 'a', broken);
    expect(await readCredential(redis, keys, 'a')).toBeUndefined();
  }
});

test('a credential that nobody would be told of is neither given nor taken away', async () => {
  await putCredential(redis, keys, 'a', credential);
  const log = keys.credentialsLog(keys.partitionOf('a'));
  await redis.set(log, 'no stream');
  await expect(putCredential(redis, keys, 'a', { ...credential, id: 'c2' })).rejects.toThrow('WRONGTYPE');
  await expect(removeCredential(redis, keys, 'a')).rejects.toThrow('WRONGTYPE');
  expect(await readCredential(redis, keys, 'a')).toEqual(credential);
});

test('a Redis without memory takes a credential away, and nodes are told', async () => {
  const own = await OwnRedis.start();
  const full = new TestStore(own.url, 1);
  await putCredential(full.redis, full.keys, 'a', credential);
  const mark = await lastCredentialChange(full.redis, full.keys);
  await full.redis.config('SET', 'maxmemory', '1');
  await expect(putCredential(full.redis, full.keys, 'b', credential)).rejects.toThrow('OOM');
  expect(await removeCredential(full.redis, full.keys, 'a')).toBe(true);
  expect(await readCredentialChanges(full.redis, mark)).toMatchObject({ devices: ['a'], hasGap: false });
  await full.redis.quit();
  await own.stop();
});
