import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { faultsOfHistory } from '../support/history.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { eventsOf, ownerOf, untilEvents, uplinkOf } from '../support/streams.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

const settings = { 'repl-diskless-sync-delay': '0' };

let first: RedisServer;
let second: RedisServer;
/** The address that the nodes know. */
let address: TcpProxy;
let nodes: [Gateway, Gateway];

beforeAll(async () => {
  [first, second] = await Promise.all([startRedis({ settings }), startRedis({ settings })]);
  await second.client.call('REPLICAOF', '127.0.0.1', String(first.port));
  await until('the replica to follow', async () =>
    (await second.client.info('replication')).includes('master_link_status:up'),
  );
  address = await TcpProxy.start(first.port);
  nodes = await Promise.all([
    startGateway({ redisUrl: address.url, nodeId: 'gw-1' }),
    startGateway({ redisUrl: address.url, nodeId: 'gw-2' }),
  ]);
});
afterAll(async () => {
  const exits = await Promise.all(nodes.map((node) => node.stop()));
  await address.stop();
  await Promise.all([first.stop(), second.stop()]);
  expect(exits).toEqual([0, 0]);
});

const open = (node: Gateway): Promise<RawMqtt> => RawMqtt.tcp(node.port('mqtt'));

/** Connections of the nodes to a Redis, by name. */
async function namesAt(redis: RedisServer): Promise<string[]> {
  const list = String(await redis.client.call('CLIENT', 'LIST'));
  return [...list.matchAll(/ name=(tributary-gw-\S*)/g)].map(([, name]) => name ?? '').sort();
}

test('P1, P4, P5: behind an address that moves to the new master, every connection leaves the old one, which lives on as a replica', async () => {
  const [gw1, gw2] = nodes;
  const movingId = freshId('moving');
  const device = await open(gw1);
  await device.connect(movingId);
  device.send(publishPacket('t', 'before', 1, 1));
  await device.take('puback');
  const before = await until('the connections of both nodes', async () => {
    const names = await namesAt(first);
    return names.length === 8 && names;
  });
  // The replica has everything when it has this.
  await first.client.set('marker', '1');
  expect(await first.client.call('WAIT', '1', '15000')).toBe(1);

  address.target = second.port;
  await second.client.call('REPLICAOF', 'NO', 'ONE');
  await first.client.call('REPLICAOF', '127.0.0.1', String(second.port));

  // The uplink.
  device.send(publishPacket('t', 'after', 1, 2));
  await device.take('puback', ({ messageId }) => messageId === 2);
  const payloads = (await uplinkOf(second.client, movingId)).map(({ payload }) => payload.toString());
  expect(payloads).toEqual(['before', 'after']);
  // The store: devices are let in again.
  const newcomer = freshId('newcomer');
  const late = await until('a CONNECT to be accepted', async () => {
    const attempt = await open(gw2);
    const { reasonCode } = await attempt.connect(newcomer);
    return reasonCode === 0 ? attempt : undefined;
  });
  for (const node of nodes) await node.until(200);
  // An uplink learns of it from the reply to its next message.
  late.send(publishPacket('t', 'first', 1, 1));
  await late.take('puback');
  let left: string[] = [];
  let moved: string[] = [];
  await until(
    () => `every connection to move; at the old master ${left.join()}, at the new one ${moved.join()}`,
    async () => {
      [left, moved] = await Promise.all([namesAt(first), namesAt(second)]);
      return left.length === 0 && moved.join() === before.join();
    },
  );
  // The control inbox.
  const newer = await open(gw2);
  expect((await newer.connect(movingId)).reasonCode).toBe(0);
  expect((await device.end()).disconnect?.reasonCode).toBe(0x8e);
  expect(await ownerOf(second.client, movingId)).toMatchObject({ node: gw2.node });
  expect((await eventsOf(second.client, movingId)).map(({ type }) => type)).toEqual([
    'connected',
    'superseded',
  ]);
  await newer.leave();
  await late.leave();
  expect(faultsOfHistory(await untilEvents(second.client, movingId, 3))).toEqual([]);
  for (const node of nodes)
    await until(
      'nothing to be left to tell',
      async () => (await node.metric('tributary_pending_releases')) === 0,
    );
});
