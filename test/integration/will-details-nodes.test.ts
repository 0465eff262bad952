import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Client } from '../conformance/support/client.ts';
import { untilTime } from '../conformance/support/clock.ts';
import { untilAway } from '../conformance/support/sessions.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { connected, staying, type ConnectOptions } from '../support/mqtt-clients.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { eventsOf, keys, uplinkOf, type UplinkEntry } from '../support/streams.ts';
import { until } from '../support/until.ts';

let redis: RedisServer;
const gateways: Gateway[] = [];

beforeEach(async () => {
  redis = await startRedis({ aof: true });
});
afterEach(async () => {
  await Promise.all(gateways.splice(0).map((gateway) => gateway.kill()));
  await redis.stop();
});

async function start(nodeId: string): Promise<Gateway> {
  const gateway = await startGateway({ redisUrl: redis.url, nodeId });
  gateways.push(gateway);
  return gateway;
}

/** A session of five minutes with a will at QoS 2 that comes so many seconds after the end of its connection. */
const mortal = (clientId: string, delay = 0, qos: 0 | 1 | 2 = 2): ConnectOptions => ({
  ...staying(clientId),
  will: {
    ...{ topic: `will/${clientId}`, payload: Buffer.from(`last words of ${clientId}`), qos, retain: true },
    properties: { willDelayInterval: delay },
  },
});

/** A session that is away and wants all wills. */
async function heir(gateway: Gateway): Promise<string> {
  const clientId = freshId('heir');
  const device = await connected(gateway, staying(clientId));
  await device.subscribe('will/+', 2);
  await device.leave();
  await untilAway({ redis }, clientId);
  return clientId;
}

const willsOf = async (clientId: string): Promise<UplinkEntry[]> =>
  (await uplinkOf(redis.client, clientId)).filter(({ fields }) => fields['will'] === '1');

const untilFired = (clientId: string): Promise<true> =>
  until(`the will of ${clientId}`, async () => (await willsOf(clientId)).length > 0, { deadlineMs: 30_000 });

/** No will waits to be handed on any more. */
async function untilHandedOn(): Promise<void> {
  await until('all wills to be handed on', async () => {
    for (let p = 0; p < keys.partitions; p++) {
      const timers = await redis.client.zrange(keys.timers(p), '0', '-1');
      if (timers.some((timer) => timer.startsWith('route:') || timer.startsWith('will:'))) return false;
    }
    return true;
  });
}

/** Each of these wills once: in the stream, as an event, for the heir, and retained. */
async function expectEachOnce(gateway: Gateway, ids: readonly string[], heirId: string): Promise<void> {
  for (const id of ids) await untilFired(id);
  await untilHandedOn();
  for (const id of ids) {
    const [will, ...more] = await willsOf(id);
    expect(more).toEqual([]);
    expect(will).toMatchObject({ topic: `will/${id}`, seq: 0, qos: 2 });
    expect(will?.payload.toString()).toBe(`last words of ${id}`);
    const events = await eventsOf(redis.client, id);
    expect(events.filter(({ type }) => type === 'will')).toHaveLength(1);
    expect(events.find(({ type }) => type === 'will')?.fields['entry']).toBe(will?.id);
  }
  const expected = ids.map((id) => `last words of ${id}`).toSorted();
  const device = await connected(gateway, staying(heirId));
  expect((await device.receivePayloads(ids.length)).toSorted()).toEqual(expected);
  await device.nothingMore();
  const later = await connected(gateway);
  await later.subscribe('will/+', 1);
  expect((await later.receivePayloads(ids.length)).toSorted()).toEqual(expected);
}

async function leave(client: Client): Promise<void> {
  await client.leave();
  await untilAway({ redis }, client.clientId);
}

test('wills of a node that is killed and comes back are fired once, each', async () => {
  const first = await start('gw-1');
  const heirId = await heir(first);
  const ids = Array.from({ length: 20 }, () => freshId('mortal'));
  for (const id of ids) await connected(first, mortal(id));
  const gone = await connected(first, mortal(freshId('gone')));
  await leave(gone);
  await first.kill();
  await expectEachOnce(await start('gw-1'), ids, heirId);
  expect(await willsOf(gone.clientId)).toEqual([]);
}, 90_000);

test('wills of a node that is killed and stays away are fired once, each, by another', async () => {
  const survivor = await start('gw-2');
  const dying = await start('gw-1');
  const third = await start('gw-3');
  const heirId = await heir(survivor);
  const ids = Array.from({ length: 20 }, () => freshId('mortal'));
  for (const id of ids) await connected(dying, mortal(id));
  await dying.kill();
  await expectEachOnce(survivor, ids, heirId);
  await third.stop();
}, 90_000);

test('a node that stops in good order fires the wills of its devices: they did not say goodbye', async () => {
  const stopping = await start('gw-1');
  const heirId = await heir(stopping);
  const ids = Array.from({ length: 5 }, () => freshId('mortal'));
  for (const id of ids) await connected(stopping, mortal(id));
  await stopping.stop();
  await expectEachOnce(await start('gw-1'), ids, heirId);
}, 90_000);

test('a delayed will outlives the node: it is fired when its time has come, by whoever is there', async () => {
  const first = await start('gw-1');
  const heirId = await heir(first);
  const [cut, killed] = [freshId('cut'), freshId('killed')];
  const device = await connected(first, mortal(cut, 3));
  await connected(first, mortal(killed, 3));
  const from = Date.now();
  device.drop();
  await untilAway({ redis }, cut);
  await first.kill();
  const second = await start('gw-1');
  expect(await willsOf(cut)).toEqual([]);
  expect(await willsOf(killed)).toEqual([]);
  await untilFired(cut);
  expect(Date.now() - from).toBeGreaterThanOrEqual(3000);
  await expectEachOnce(second, [cut, killed], heirId);
}, 90_000);

test('a delayed will is not fired when its device is back in time, on another node after the first was killed', async () => {
  const first = await start('gw-1');
  const second = await start('gw-2');
  const id = freshId('back');
  const device = await connected(first, mortal(id, 2));
  device.drop();
  await untilAway({ redis }, id);
  await first.kill();
  const again = await connected(second, staying(id));
  expect(again.connack.sessionPresent).toBe(true);
  await untilTime(Date.now() + 2500);
  const timers = keys.timers(keys.partitionOf(id));
  expect(await redis.client.zscore(timers, `will:${id}`)).toBeNull();
  await leave(again);
  expect(await willsOf(id)).toEqual([]);
}, 90_000);

test.each([
  [
    'hangs',
    (server: RedisServer) => Promise.resolve(server.pause()),
    (server: RedisServer) => Promise.resolve(server.resume()),
  ],
  ['is killed', (server: RedisServer) => server.kill(), (server: RedisServer) => server.start()],
] as const)(
  'a device that is lost while Redis %s has its will fired once when it is back',
  async (_, away, back) => {
    const gateway = await start('gw-1');
    const heirId = await heir(gateway);
    const ids = Array.from({ length: 5 }, () => freshId('mortal'));
    const devices = [];
    for (const id of ids) devices.push(await connected(gateway, mortal(id)));
    await away(redis);
    await gateway.until(503);
    for (const device of devices) device.drop();
    await back(redis);
    await gateway.until(200);
    await expectEachOnce(gateway, ids, heirId);
  },
  90_000,
);
