import { afterEach, test } from 'vitest';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { until } from '../support/until.ts';

let redis: RedisServer;
let gateway: Gateway;
afterEach(async () => {
  await gateway.kill();
  await redis.stop();
});

/** Keys of a node that stay for ever. */
async function lasting(node: string): Promise<string[]> {
  const all = await redis.client.keys(`tributary:{node:${node}}:*`);
  const ttls = await Promise.all(all.map((key) => redis.client.ttl(key)));
  return all.filter((_, n) => ttls[n] === -1);
}

test.each(['stop', 'kill'] as const)(
  'P6: an incarnation that ended by %s leaves no key that stays',
  async (end) => {
    redis = await startRedis();
    gateway = await startGateway({ redisUrl: redis.url, config: { presence: { sampleIntervalMs: 1000 } } });
    const old = gateway.node;
    const device = await RawMqtt.tcp(gateway.port('mqtt'));
    await device.connect(freshId());
    device.send(publishPacket('t', 'x', 1, 1));
    await until('figures and samples', async () => (await redis.client.keys(`*${old}*:s*`)).length === 2);
    await gateway[end]();
    gateway = await startGateway({ redisUrl: redis.url });
    await until(
      () => `the old incarnation's keys to be gone or expiring`,
      async () => (await lasting(old)).length === 0,
    );
    await until('the old incarnation to be no node any more', async () => {
      const nodes = await redis.client.hkeys('tributary:nodes');
      return nodes.length === 1 && nodes[0] === gateway.node;
    });
  },
);
