import { afterAll, afterEach, expect, test } from 'vitest';
import { TestStore } from '../testing/test-store.ts';
import { lastCredentialChange, readCredentialChanges } from './credential-changes.ts';
import { putCredential, removeCredential } from './device-credentials.ts';

const store = new TestStore();
const { redis, keys } = store;
afterEach(() => store.clear());
afterAll(() => store.close());

const give = (device: string): Promise<unknown> =>
  putCredential(redis, keys, device, {
    ...{ id: 'c1', digest: 'abc', spki: undefined, label: '', by: 'ann', at: 1 },
  });

test('whoever follows is told each device that changed, of all partitions, once', async () => {
  const start = await lastCredentialChange(redis, keys);
  await give('a');
  const mark = await lastCredentialChange(redis, keys);
  const devices = ['b', 'c', 'd', 'e', 'f', 'g'];
  expect(new Set(devices.map((device) => keys.partitionOf(device))).size).toBeGreaterThan(1);
  for (const device of devices) await give(device);
  await removeCredential(redis, keys, 'a');
  const changes = await readCredentialChanges(redis, mark);
  expect(changes.devices.toSorted()).toEqual(['a', ...devices]);
  expect(changes.hasGap).toBe(false);
  expect(await readCredentialChanges(redis, changes.mark)).toEqual({
    devices: [],
    mark: changes.mark,
    hasGap: false,
  });
  const all = await readCredentialChanges(redis, start);
  expect(all.devices.toSorted()).toEqual(['a', 'a', ...devices]);
  expect(all.hasGap).toBe(false);
});

test('whoever is too far behind is told so', async () => {
  await give('a');
  const mark = await lastCredentialChange(redis, keys);
  for (let i = 0; i < 3; i++) await give('a');
  await redis.xtrim(keys.credentialsLog(keys.partitionOf('a')), 'MAXLEN', 2);
  expect(await readCredentialChanges(redis, mark)).toMatchObject({ devices: ['a', 'a'], hasGap: true });
});

test('a device that had no credential has lost none', async () => {
  const mark = await lastCredentialChange(redis, keys);
  expect(await removeCredential(redis, keys, 'a')).toBe(false);
  expect((await readCredentialChanges(redis, mark)).devices).toEqual([]);
});
