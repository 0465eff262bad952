import { expect, test } from 'vitest';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { countEvents, eventsOf, ownerOf } from '../support/streams.ts';
import { holds, until } from '../support/until.ts';

const pingEveryMs = 1500;
const outageMs = process.env['TRIBUTARY_TEST_LONG'] === '1' ? 60_000 : 20_000;

interface Scene {
  redis: RedisServer;
  gateways: Gateway[];
  devices: RawMqtt[];
  ids: string[];
  pinging: NodeJS.Timeout;
}

/** Two nodes, so that each could report the other, and devices that ping within a short keep-alive. */
async function scene(): Promise<Scene> {
  const redis = await startRedis({ aof: true });
  const gateways = await Promise.all(
    ['gw-1', 'gw-2'].map((nodeId) => startGateway({ redisUrl: redis.url, nodeId })),
  );
  const ids = Array.from({ length: 20 }, () => freshId('patient'));
  const devices = await Promise.all(
    ids.map(async (id, n) => {
      const device = await RawMqtt.tcp(gateways[n % 2]?.port('mqtt') ?? 0);
      await device.connect(id, { keepalive: 8 });
      return device;
    }),
  );
  const pinging = setInterval(() => {
    for (const device of devices) if (device.closing === undefined) device.send({ cmd: 'pingreq' });
  }, pingEveryMs);
  return { redis, gateways, devices, ids, pinging };
}

/** How the connections that ended did so. */
const closed = (devices: readonly RawMqtt[]): string[] =>
  devices
    .filter(({ closing }) => closing !== undefined)
    .map(({ closing, packets }) => JSON.stringify({ closing, last: packets.at(-1) }));

/** Lives through an outage: pings answered, messages unanswered, no socket closed. */
async function endure({ devices }: Scene): Promise<void> {
  for (const device of devices) device.send(publishPacket('t', 'sent while Redis was away', 1, 1));
  const pongs = (device: RawMqtt): number => device.packets.filter(({ cmd }) => cmd === 'pingresp').length;
  const before = devices.map(pongs);
  await holds(outageMs, () => expect(closed(devices)).toEqual([]));
  for (const [n, device] of devices.entries()) {
    expect(device.packets.filter(({ cmd }) => cmd === 'puback')).toEqual([]);
    expect(pongs(device) - (before[n] ?? 0)).toBeGreaterThan(outageMs / pingEveryMs / 2);
  }
}

/** All flows again, and nobody was reported. */
async function recovered({ redis, gateways, devices, ids }: Scene, events: number): Promise<void> {
  for (const gateway of gateways) await gateway.until(200);
  for (const device of devices) await device.take('puback', ({ messageId }) => messageId === 1);
  for (const device of devices) {
    device.send(publishPacket('t', 'sent after', 1, 2));
    await device.take('puback', ({ messageId }) => messageId === 2);
  }
  // Longer than a node takes to declare another one dead.
  await holds(8_000, async () => expect(await countEvents(redis.client)).toBe(events), 250);
  for (const id of ids) {
    expect((await eventsOf(redis.client, id)).map(({ type }) => type)).toEqual(['connected']);
    expect(await ownerOf(redis.client, id)).toBeDefined();
  }
  expect(closed(devices)).toEqual([]);
}

const outages: [string, (redis: RedisServer) => unknown, (redis: RedisServer) => unknown][] = [
  ['hangs', (redis) => redis.pause(), (redis) => redis.resume()],
  ['is killed', (redis) => redis.kill(), (redis) => redis.start()],
];

test.concurrent.each(outages)(
  `P4: Redis %s for ${outageMs / 1000} s: no presence event for a device whose socket stayed`,
  async (_, goAway, comeBack) => {
    const stage = await scene();
    try {
      const events = await countEvents(stage.redis.client);
      await goAway(stage.redis);
      const start = performance.now();
      for (const gateway of stage.gateways) await gateway.until(503);
      // A kill shows at once, a hang when redis.replyTimeoutMs (5 s) is over.
      expect(performance.now() - start).toBeLessThan(15_000);
      await endure(stage);
      await comeBack(stage.redis);
      await recovered(stage, events);
    } finally {
      clearInterval(stage.pinging);
      for (const device of stage.devices) device.drop();
      await Promise.all(stage.gateways.map((gateway) => gateway.kill()));
      await stage.redis.stop();
    }
  },
  outageMs + 90_000,
);

test('a device that leaves while Redis is away is reported once, when Redis is back', async () => {
  const redis = await startRedis({ aof: true });
  const gateway = await startGateway({ redisUrl: redis.url });
  try {
    const ids = Array.from({ length: 5 }, () => freshId('leaving'));
    const devices = await Promise.all(
      ids.map(async (id) => {
        const device = await RawMqtt.tcp(gateway.port('mqtt'));
        await device.connect(id);
        return device;
      }),
    );
    await redis.kill();
    await gateway.until(503);
    for (const device of devices) await device.leave();
    await redis.start();
    await gateway.until(200);
    for (const id of ids) {
      await until(`${id} to be reported`, async () => (await eventsOf(redis.client, id)).length >= 2, {
        deadlineMs: 20_000,
      });
      expect((await eventsOf(redis.client, id)).map(({ type }) => type)).toEqual([
        'connected',
        'disconnected',
      ]);
      expect(await ownerOf(redis.client, id)).toBeUndefined();
    }
  } finally {
    await gateway.kill();
    await redis.stop();
  }
});
