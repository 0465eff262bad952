import { afterAll, afterEach, expect, test } from 'vitest';
import { TestStore } from '../testing/test-store.ts';
import { type Ban, listBans, maxBans, putBan, readBan, removeBan } from './bans.ts';

const store = new TestStore();
const { redis, keys } = store;
afterEach(() => store.clear());
afterAll(() => store.close());

const now = 1_700_000_000_000;
const banOf = (target: string, differs: Partial<Ban> = {}): Ban => ({
  ...{ target, until: now + 1000, reason: 'stolen', by: 'ann', at: now },
  ...differs,
});

test('a ban is listed until it is over or removed', async () => {
  const bans = [banOf('id:pump/1'), banOf('ip:10.0.0.1'), banOf('prefix:2001:db8::/32')];
  for (const ban of bans) expect(await putBan(redis, keys, ban)).toBe('put');
  expect(await listBans(redis, keys, now)).toEqual(expect.arrayContaining(bans));
  expect(await readBan(redis, keys, 'id:pump/1', now)).toEqual(bans[0]);
  expect(await readBan(redis, keys, 'id:pump/1', now + 1000)).toBeUndefined();
  expect(await readBan(redis, keys, 'id:pump', now)).toBeUndefined();
  expect(await removeBan(redis, keys, 'ip:10.0.0.1')).toBe(true);
  expect(await removeBan(redis, keys, 'ip:10.0.0.1')).toBe(false);
  expect(await listBans(redis, keys, now)).toHaveLength(2);
  expect(await listBans(redis, keys, now + 1000)).toEqual([]);
  expect(await redis.hlen(keys.bans)).toBe(0);
});

test('whoever has a clock that is ahead lifts no ban for the others', async () => {
  const ban = banOf('id:a', { until: Date.now() + 60_000 });
  await putBan(redis, keys, ban);
  expect(await listBans(redis, keys, Date.now() + 3_600_000)).toEqual([]);
  expect(await listBans(redis, keys, Date.now())).toEqual([ban]);
});

test('the same ban anew has the newer end', async () => {
  await putBan(redis, keys, banOf('id:a'));
  await putBan(redis, keys, banOf('id:a', { until: now + 9000 }));
  expect(await listBans(redis, keys, now + 1000)).toEqual([banOf('id:a', { until: now + 9000 })]);
});

test('what is no ban is left out and removed', async () => {
  const broken = {
    'id:a': 'no json',
    'id:b': '{}',
    'id:c': '{"until":"never"}',
    'id:f': 'null',
    'prefix:10.0.0.1/8': JSON.stringify({ until: now + 1000 }),
    'host:x': JSON.stringify({ until: now + 1000 }),
  };
  await redis.hset(keys.bans, broken);
  await putBan(redis, keys, banOf('id:good'));
  expect(await listBans(redis, keys, now)).toEqual([banOf('id:good')]);
  expect(await redis.hkeys(keys.bans)).toEqual(['id:good']);
});

test('a full hash takes no further ban, and one it has anew', async () => {
  const many = Array.from({ length: maxBans }, (_, i) => [`id:${i}`, '{}']).flat();
  await redis.hset(keys.bans, ...many);
  expect(await putBan(redis, keys, banOf('id:one-more'))).toBe('full');
  expect(await putBan(redis, keys, banOf('id:7'))).toBe('put');
});
