import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { claimDevice } from '../presence/claims.ts';
import { readControl, sendControl, sendControls } from '../nodes/control.ts';
import { claimOf, TestStore } from '../testing/test-store.ts';
import { type Order, readOwners } from './orders.ts';

const store = new TestStore();
const { redis, keys } = store;
afterEach(() => store.clear());
afterAll(() => store.close());

const node = 'gw-1.aaaa';
const disconnect: Order = {
  ...{ type: 'disconnect', op: 'op-1', device: 'pump/1 \u202e<b>', epoch: 7 },
  ...{ reason: 'fw 2.4.1', by: 'ann', until: 1_700_000_000_000 },
};
const read = async (): Promise<unknown[]> => (await readControl(redis, keys, node, '0', 1)).messages;

describe('a control inbox', () => {
  test('hands orders over as they were given', async () => {
    const orders: Order[] = [
      disconnect,
      { ...disconnect, epoch: undefined },
      { type: 'bans-changed', op: 'op-2' },
      { type: 'traces-changed', op: 'op-3' },
    ];
    await sendControls(
      redis,
      keys,
      orders.map((message) => ({ to: node, message })),
    );
    expect(await read()).toEqual(orders);
  });

  test.each([
    { type: 'disconnect' },
    { type: 'disconnect', op: 'op-1', device: '', until: '1' },
    { type: 'disconnect', op: 'op-1', device: 'd', until: 'soon' },
    { type: 'disconnect', op: 'op-1', device: 'd', until: '1', epoch: '-1' },
    { type: 'disconnect', op: 'op-1', device: 'd', until: '1', epoch: '99999999999999999999' },
    { type: 'bans-changed' },
    { type: 'bans-changed', op: 'x'.repeat(65) },
    { type: 'takeover', device: 'd', epoch: 'x', node: 'n' },
    { type: 'explode', op: 'op-1' },
    { op: 'op-1' },
  ])('steps over %j', async (entry) => {
    await redis.xadd(keys.nodeControl(node), '*', ...Object.entries(entry).flat());
    await sendControl(redis, keys, node, disconnect);
    expect(await read()).toEqual([disconnect]);
  });

  test('shortens a reason nobody can have typed', async () => {
    await sendControl(redis, keys, node, { ...disconnect, reason: 'x'.repeat(70_000) });
    expect(await read()).toEqual([{ ...disconnect, reason: 'x'.repeat(256) }]);
  });

  test('says so when Redis refuses one of several messages', async () => {
    await redis.set(keys.nodeControl('gw-2.bbbb'), 'no stream');
    const message = { type: 'bans-changed', op: 'op-1' } as const;
    await expect(
      sendControls(redis, keys, [
        { to: node, message },
        { to: 'gw-2.bbbb', message },
      ]),
    ).rejects.toThrow(/WRONGTYPE/);
  });
});

describe('the owner of a device', () => {
  test('is whoever claimed it last', async () => {
    const { epoch } = await claimDevice(redis, keys, claimOf('a', { node }));
    expect(await readOwners(redis, keys, ['a', 'b'])).toEqual([{ epoch, node }, undefined]);
  });

  test('is nobody where the hash has something else', async () => {
    await redis.hset(keys.online(keys.partitionOf('a')), 'a', 'nonsense');
    expect(await readOwners(redis, keys, ['a'])).toEqual([undefined]);
  });
});
