import { afterEach, expect, test } from 'vitest';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { faultsOfHistory } from '../support/history.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { countEvents, eventsOf, keys, ownerOf, untilEvents } from '../support/streams.ts';
import { until } from '../support/until.ts';

let redis: RedisServer;
const gateways: Gateway[] = [];

afterEach(async () => {
  await Promise.all(gateways.splice(0).map((gateway) => gateway.kill()));
  await redis.stop();
});

async function start(nodeId: string): Promise<Gateway> {
  const gateway = await startGateway({ redisUrl: redis.url, nodeId });
  gateways.push(gateway);
  return gateway;
}

async function connectAll(gateway: Gateway, ids: readonly string[]): Promise<RawMqtt[]> {
  return Promise.all(
    ids.map(async (id) => {
      const device = await RawMqtt.tcp(gateway.port('mqtt'));
      await device.connect(id, { clean: false, properties: { sessionExpiryInterval: 300 } });
      device.send(publishPacket('t', 'x', 2, 1));
      await device.take('pubrec');
      return device;
    }),
  );
}

test('SIGKILL and restart under the same id: each device gets exactly one disconnected, node-lost', async () => {
  redis = await startRedis();
  const bystanders = Array.from({ length: 10 }, () => freshId('other'));
  const ids = Array.from({ length: 60 }, () => freshId('lost'));
  const other = await start('gw-2');
  const otherDevices = await connectAll(other, bystanders);
  const dead = await start('gw-1');
  const devices = await connectAll(dead, ids);
  const oldNode = dead.node;
  await dead.kill();
  await Promise.all(devices.map((device) => device.closed));

  const reborn = await start('gw-1');
  expect(reborn.node).not.toBe(oldNode);
  for (const id of ids) {
    const events = await untilEvents(redis.client, id, 2);
    expect(events.map(({ type }) => type)).toEqual(['connected', 'disconnected']);
    expect(events[1]?.fields).toMatchObject({
      reason: 'node-lost',
      epoch: String(events[0]?.epoch),
      lastSeq: '-1',
    });
    expect(events[1]?.fields).not.toHaveProperty('messages');
    expect(await ownerOf(redis.client, id)).toBeUndefined();
    expect(await redis.client.hgetall(keys.device(keys.partitionOf(id), id))).toMatchObject({
      state: 'offline',
      reason: 'node-lost',
    });
  }
  await until(
    'the dead node to be reaped',
    async () => (await redis.client.hget(keys.nodes, oldNode)) === null,
  );
  expect(await redis.client.hget(keys.nodeRecord(oldNode), 'tombstone')).not.toBeNull();
  expect(await redis.client.ttl(keys.nodeRecord(oldNode))).toBeGreaterThan(0);

  // A third start finds nothing more to say.
  const total = await countEvents(redis.client);
  await reborn.kill();
  await start('gw-1');
  expect(await countEvents(redis.client)).toBe(total);
  for (const id of bystanders) {
    expect((await eventsOf(redis.client, id)).map(({ type }) => type)).toEqual(['connected']);
    expect(await ownerOf(redis.client, id)).toMatchObject({ node: other.node });
  }
  for (const device of otherDevices) expect(device.closing).toBeUndefined();
});

test('devices that return while their dead node is reaped have a legal history and stay online', async () => {
  redis = await startRedis();
  const ids = Array.from({ length: 60 }, () => freshId('returning'));
  const other = await start('gw-2');
  const dead = await start('gw-1');
  await connectAll(dead, ids);
  await dead.kill();
  const [back] = await Promise.all([connectAll(other, ids), start('gw-1')]);
  expect(back.every((device) => device.closing === undefined)).toBe(true);
  for (const id of ids) {
    const events = await eventsOf(redis.client, id);
    expect(faultsOfHistory(events)).toEqual([]);
    expect(events.filter(({ type }) => type === 'disconnected').length).toBeLessThanOrEqual(1);
    expect(await ownerOf(redis.client, id)).toMatchObject({ node: other.node, epoch: events.at(-1)?.epoch });
    expect(await redis.client.hget(keys.device(keys.partitionOf(id), id), 'state')).toBe('online');
  }
});

test('a node that is told it was declared dead closes its devices and begins again', async () => {
  redis = await startRedis();
  const gateway = await start('gw-1');
  const id = freshId('orphan');
  const [device] = await connectAll(gateway, [id]);
  await redis.client.hset(keys.nodeRecord(gateway.node), 'tombstone', String(Date.now()));
  await device?.end(20_000);
  await until(
    'a connect under the new incarnation',
    async () => {
      const again = await RawMqtt.tcp(gateway.port('mqtt'));
      const { reasonCode } = await again.connect(id, { clean: false });
      if (reasonCode !== 0) return undefined;
      await again.leave();
      return true;
    },
    { everyMs: 100 },
  );
  // The new incarnation reaps the old one, as after any other death.
  await until('the old incarnation to be reaped', async () => {
    const [node, ...others] = await redis.client.hkeys(keys.nodes);
    return others.length === 0 && node !== gateway.node;
  });
  expect(faultsOfHistory(await eventsOf(redis.client, id))).toEqual([]);
});
