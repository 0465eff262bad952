import { afterAll, afterEach, expect, test } from 'vitest';
import { TestStore } from '../testing/test-store.ts';
import {
  disableDevice,
  enableDevice,
  lastCredentialChange,
  listCredentials,
  listDisabled,
  putCredential,
  readCredential,
  readCredentialChanges,
  readCredentials,
  readDisablement,
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

test('a device stays disabled until it is enabled, even where the reason cannot be read', async () => {
  const why = { reason: 'stolen', by: 'ann', at: 1 };
  expect(await disableDevice(redis, keys, 'a', why)).toBe('put');
  await redis.hset(keys.disabledDevices, 'b', 'broken');
  expect([...(await listDisabled(redis, keys)).keys()].toSorted()).toEqual(['a', 'b']);
  expect(await readDisablement(redis, keys, 'a')).toEqual(why);
  expect(await enableDevice(redis, keys, 'a')).toBe(true);
  expect(await enableDevice(redis, keys, 'a')).toBe(false);
  expect(await readDisablement(redis, keys, 'a')).toBeUndefined();
});

test('whoever follows is told each device that changed, once', async () => {
  expect(await lastCredentialChange(redis, keys)).toBe('0-0');
  await putCredential(redis, keys, 'a', credential);
  const start = await lastCredentialChange(redis, keys);
  await putCredential(redis, keys, 'b', credential);
  await disableDevice(redis, keys, 'c', { reason: 'x', by: 'ann', at: 1 });
  const changes = await readCredentialChanges(redis, keys, start);
  expect(changes).toMatchObject({ devices: ['b', 'c'], hasGap: false });
  expect(await readCredentialChanges(redis, keys, changes.last)).toEqual({
    devices: [],
    last: changes.last,
    hasGap: false,
  });
  expect((await readCredentialChanges(redis, keys, '0-0')).devices).toEqual(['a', 'b', 'c']);
});

test('whoever is too far behind is told so', async () => {
  await putCredential(redis, keys, 'a', credential);
  const start = await lastCredentialChange(redis, keys);
  for (const device of ['b', 'c', 'd']) await putCredential(redis, keys, device, credential);
  await redis.xtrim(keys.credentialsLog, 'MAXLEN', 2);
  expect(await readCredentialChanges(redis, keys, start)).toMatchObject({
    devices: ['c', 'd'],
    hasGap: true,
  });
});
