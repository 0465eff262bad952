import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type ConfigPart, type Gateway, startGateway } from '../support/gateway.ts';
import { connected, staying } from '../support/mqtt-clients.ts';
import { publishPacket } from '../support/raw-mqtt.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { keys } from '../support/streams.ts';
import { until } from '../support/until.ts';
import { reloadedInTime } from './support/within-two-seconds.ts';

const closed: ConfigPart = {
  acl: { rules: [{ effect: 'deny', action: 'all', topics: ['closed/#'] }] },
};
let redis: RedisServer;
let nodes: readonly Gateway[] = [];
beforeAll(async () => {
  redis = await startRedis();
  nodes = await Promise.all(['gw-1', 'gw-2'].map((nodeId) => startGateway({ redisUrl: redis.url, nodeId })));
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await redis?.stop();
});

/** Filters of a session that stays, as Redis has them. */
async function subscriptionsOf(clientId: string): Promise<string> {
  const fields = await redis.client.hkeys(keys.session(keys.partitionOf(clientId), clientId));
  const filters = fields
    .filter((field) => field.startsWith('sub:'))
    .map((field) => field.slice('sub:'.length));
  return filters.toSorted().join();
}

test('a changed rule holds for open connections, their subscriptions and kept sessions on both nodes within two seconds', async () => {
  const away = freshId('away');
  const before = await connected(nodes[0]!, staying(away));
  await before.subscribe(['closed/a', 'open/a'], 1);
  await before.leave();
  const devices = await Promise.all(nodes.map((node) => connected(node, staying(freshId('here')))));
  for (const device of devices) await device.subscribe(['closed/#', '#'], 1);
  for (const node of nodes) node.rewrite(closed);
  onTestFinished(() => {
    for (const node of nodes) node.rewrite({});
  });
  await Promise.all(
    devices.map(async (device) => {
      await until('the next message to be denied', async () => {
        device.send(publishPacket('closed/probe', '', 1, device.nextPacketId()));
        return ((await device.take('puback')).reasonCode ?? 0) === 0x87;
      });
      await until(
        'the subscription to be gone',
        async () => (await subscriptionsOf(device.clientId)) === '#',
      );
    }),
  );
  await reloadedInTime(nodes);
  const back = await connected(nodes[1]!, staying(away));
  await until('its old subscription to be gone', async () => (await subscriptionsOf(away)) === 'open/a');
  await back.publish('open/a', 'heard', 1);
  expect(String((await back.take('publish')).payload)).toBe('heard');
});

test('a 3.1.1 device is closed for a message that is denied, from when that is asked for [MQTT-3.3.5-2]', async () => {
  const [node] = nodes;
  const device = await connected(node!, { version: 4 });
  onTestFinished(() => node!.rewrite({}));
  node!.rewrite({ acl: { ...(closed['acl'] as ConfigPart), deniedPublish311: 'close' } });
  await until('a denied message to end the connection', async () => {
    device.send(publishPacket('closed/a', 'x', 1, device.nextPacketId()));
    return (await device.take('puback').catch(() => 'gone')) === 'gone';
  });
  await device.closedSilently();
  const calm = await connected(node!, { version: 4 });
  await calm.publish('open', 'x', 1);
});
