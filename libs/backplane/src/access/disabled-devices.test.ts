import { afterAll, afterEach, expect, test } from 'vitest';
import { TestStore } from '../testing/test-store.ts';
import { disableDevice, enableDevice, listDisabled, readDisablement } from './disabled-devices.ts';

const store = new TestStore();
const { redis, keys } = store;
afterEach(() => store.clear());
afterAll(() => store.close());

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
