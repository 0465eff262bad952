import { afterAll, afterEach, expect, test } from 'vitest';
import { TestStore } from '../testing/test-store.ts';
import { readLogs, sendDoorbell } from './logs.ts';

const store = new TestStore();
const { redis, keys } = store;
afterEach(() => store.clear());
afterAll(() => store.close());

const node = 'gw-1.aaaa';
const inbox = keys.nodeInbox(node);

test('a doorbell tells the node which device it is for, and lasts an hour', async () => {
  await sendDoorbell(redis, keys, node, 'ä b');
  const [entry] = await readLogs(redis, keys, new Map([[inbox, '0']]), 10);
  expect(entry).toMatchObject({ key: inbox, change: { kind: 'inbox', type: 'doorbell', clientId: 'ä b' } });
  expect(await redis.ttl(inbox)).toBeGreaterThan(3500);
});

test('many streams are read at once, each in order and behind what was seen', async () => {
  const at = new Map([
    [keys.routesLog(0), '0'],
    [keys.retainedLog(1), '0'],
    [inbox, '0'],
  ]);
  await redis.xadd(keys.routesLog(0), '*', 'v', 1, 'op', 'x', 'device', 'd');
  await redis.xadd(keys.retainedLog(1), '*', 'v', 7, 'op', '-', 'topic', 't');
  for (const device of ['d1', 'd2']) await sendDoorbell(redis, keys, node, device);
  const entries = await readLogs(redis, keys, at, 10);
  expect(entries.map(({ key, change }) => [key, change])).toEqual([
    [
      keys.routesLog(0),
      { kind: 'route', partition: 0, version: 1, op: 'x', clientId: 'd', filter: '', options: '' },
    ],
    [keys.retainedLog(1), { kind: 'retained', partition: 1, version: 7, op: '-', topic: 't' }],
    [inbox, { kind: 'inbox', type: 'doorbell', clientId: 'd1' }],
    [inbox, { kind: 'inbox', type: 'doorbell', clientId: 'd2' }],
  ]);
  for (const { key, id } of entries) at.set(key, id);
  expect(await readLogs(redis, keys, at, 10)).toEqual([]);
});

test('waits for what comes', async () => {
  const blocking = redis.duplicate();
  const waiting = readLogs(blocking, keys, new Map([[inbox, '0']]), 10_000);
  await sendDoorbell(redis, keys, node, 'd');
  expect(await waiting).toMatchObject([{ change: { clientId: 'd' } }]);
  blocking.disconnect();
});

test('an entry this version does not know has its fields alone', async () => {
  await redis.xadd(inbox, '*', 'type', 'from the future', 'x', '1');
  await redis.xadd(keys.routesLog(0), '*', 'v', 1, 'op', '?');
  const at = new Map([inbox, keys.routesLog(0)].map((key) => [key, '0']));
  const entries = await readLogs(redis, keys, at, 10);
  expect(entries.map(({ fields, change }) => [fields.get('type') ?? fields.get('op'), change])).toEqual([
    ['from the future', undefined],
    ['?', undefined],
  ]);
});
