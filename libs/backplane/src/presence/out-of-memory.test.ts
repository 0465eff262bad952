import { afterAll, beforeAll, expect, test } from 'vitest';
import { reapNode } from '../nodes/reaper.ts';
import { setRetained } from '../routing/retained.ts';
import { dropRoute } from '../routing/routes.ts';
import { OwnRedis } from '../testing/own-redis.ts';
import { claimOf, messageOf, releaseOf, TestStore, willOf } from '../testing/test-store.ts';
import { claimDevice, releaseDevice } from './claims.ts';
import { enqueue, settleQueue } from './queue.ts';
import { changeSubscriptions, markRouted } from './sessions.ts';
import { expireSession, fireDelayedWill, takeRouting } from './timers.ts';

let own: OwnRedis;
let store: TestStore;
beforeAll(async () => {
  own = await OwnRedis.start();
  store = new TestStore(own.url, 1);
});
afterAll(async () => {
  await store.redis.quit();
  await own.stop();
});

test('a Redis without memory takes nothing new, and everything that ends, fences or frees', async () => {
  const { redis, keys } = store;
  const ids = ['leaves', 'dies', 'expires', 'waits', 'stays'];
  const limits = { maxMessages: 9, maxBytes: 9999, policy: 'reject' } as const;
  const message = { ...messageOf(), identifiers: undefined, shared: undefined };
  const put = (clientId: string): ReturnType<typeof enqueue> =>
    enqueue(redis, keys, [{ clientId, filters: ['a'], message, identity: undefined }], limits);
  const change = (added: [string, string][]): Promise<unknown> =>
    changeSubscriptions(redis, keys, {
      ...{ clientId: 'stays', epoch: 5, added: new Map(added), removed: [], isPersistent: true },
    });
  for (const id of ids) {
    const node = id === 'dies' ? 'gw-2.bbbb' : 'gw-1.aaaa';
    const will = willOf(id === 'leaves' || id === 'dies' ? 0 : 30);
    await claimDevice(redis, keys, claimOf(id, { node, sessionExpiry: 60, will }));
  }
  await change([['a', '{}']]);
  await put('stays');
  await redis.hset(keys.session(0, 'stays'), 'rx:7', '5/1/0-1/u');
  await setRetained(redis, keys, messageOf());
  for (const id of ['expires', 'waits']) await releaseDevice(redis, keys, releaseOf(id, { firesWill: true }));
  await store.makeDue('expires', 'expire:expires');
  await store.makeDue('waits', 'will:waits');

  const memory = (bytes: string): Promise<unknown> => redis.config('SET', 'maxmemory', bytes);
  await memory('1');
  expect(await put('stays')).toMatchObject([{ status: 'error', error: { name: 'ReplyError' } }]);
  await expect(change([['b', '{}']])).rejects.toThrow('OOM');
  await expect(claimDevice(redis, keys, claimOf('new'))).rejects.toThrow('OOM');
  await expect(setRetained(redis, keys, messageOf())).rejects.toThrow('OOM');

  expect(await setRetained(redis, keys, messageOf({ payload: Buffer.alloc(0) }))).toMatchObject({
    ...{ change: 'cleared' },
  });
  const { firedWill } = await releaseDevice(redis, keys, releaseOf('leaves', { firesWill: true }));
  expect(firedWill).toBeDefined();
  await memory('0');
  await store.makeDue('leaves', `route:${firedWill!}`);
  await memory('1');
  expect(await takeRouting(redis, keys, 0, firedWill!)).toMatchObject({ from: 'leaves' });
  expect(await reapNode(redis, keys, 'gw-2.bbbb', 1, 60, 1000)).toMatchObject({ ended: 1, firedWills: [{}] });
  expect(await expireSession(redis, keys, 0, 'expires', 1000)).toMatchObject({ expired: true });
  expect(await fireDelayedWill(redis, keys, 0, 'waits', 1000)).toBeDefined();
  const ops = [{ op: 'received', n: 1, bytes: 72 }] as const;
  expect(await settleQueue(redis, keys, [{ clientId: 'stays', epoch: 5, ops }])).toEqual(['done']);
  await markRouted(redis, keys, 'stays', 5, 7);
  expect((await store.session('stays'))['rx:7']).toBe('5/1/0-1');
  await dropRoute(redis, keys, 'stays', 'never');
});
