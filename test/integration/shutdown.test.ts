import { afterEach, expect, test } from 'vitest';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { PlainDevice } from '../support/plain.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { keys, ownerOf, untilEvents, uplinkOf } from '../support/streams.ts';

let redis: RedisServer;
let gateway: Gateway;

afterEach(async () => {
  await gateway.kill();
  redis.resume();
  await redis.stop();
});

interface Fleet {
  v5: RawMqtt;
  v4: RawMqtt;
  mqttWs: RawMqtt;
  plain: PlainDevice;
  ids: string[];
}

async function fleet(): Promise<Fleet> {
  const ids = Array.from({ length: 4 }, () => freshId('fleet'));
  const v5 = await RawMqtt.tcp(gateway.port('mqtt'), 5);
  const v4 = await RawMqtt.tcp(gateway.port('mqtt'), 4);
  const mqttWs = await RawMqtt.ws(gateway.wsUrl('/mqtt'), 5);
  for (const [n, device] of [v5, v4, mqttWs].entries()) await device.connect(ids[n] ?? '');
  const plain = await PlainDevice.hello(gateway.wsUrl('/ws'), ids[3] ?? '');
  return { v5, v4, mqttWs, plain, ids };
}

async function toldOfShutdown({ v5, v4, mqttWs, plain }: Fleet): Promise<void> {
  expect((await v5.end()).disconnect?.reasonCode).toBe(0x8b);
  await v4.end();
  expect(await mqttWs.end()).toMatchObject({ code: 1012, disconnect: { reasonCode: 0x8b } });
  expect(await plain.end()).toBe(1012);
  expect(plain.frames.at(-1)).toEqual({ type: 'bye', reason: 'shutdown', retry: 'now' });
}

test('SIGTERM: what was sent is stored and acknowledged, everyone is told, and the node is gone from Redis', async () => {
  redis = await startRedis();
  gateway = await startGateway({ redisUrl: redis.url });
  const devices = await fleet();
  for (let n = 1; n <= 30; n++) devices.v5.send(publishPacket('t', String(n), 1, n));
  await devices.v5.take('puback', ({ messageId }) => messageId === 1);
  const node = gateway.node;
  expect(await gateway.stop()).toBe(0);
  await toldOfShutdown(devices);
  const acknowledged = devices.v5.packets.filter(({ cmd }) => cmd === 'puback').length;
  const entries = await uplinkOf(redis.client, devices.ids[0] ?? '');
  expect(entries.length).toBeGreaterThanOrEqual(acknowledged);
  for (const id of devices.ids) {
    const events = await untilEvents(redis.client, id, 2);
    expect(events[1]?.fields).toMatchObject({ type: 'disconnected', reason: 'shutdown', by: 'gateway' });
    expect(await ownerOf(redis.client, id)).toBeUndefined();
  }
  expect(await redis.client.exists(keys.nodeRecord(node))).toBe(0);
  expect(await redis.client.hget(keys.nodes, node)).toBeNull();
  expect(gateway.log().filter(({ level }) => level >= 50)).toEqual([]);
});

test.each([
  ['killed', () => redis.kill()],
  ['hanging', () => Promise.resolve(redis.pause())],
])('SIGTERM with Redis %s: everyone is told and it ends within its deadline', async (_, goAway) => {
  redis = await startRedis();
  gateway = await startGateway({ redisUrl: redis.url, config: { shutdown: { deadlineMs: 3000 } } });
  const devices = await fleet();
  await goAway();
  await gateway.until(503);
  devices.v5.send(publishPacket('t', 'never stored', 1, 1));
  const start = performance.now();
  expect(await gateway.stop()).toBe(0);
  // The deadline would be 10 s if nobody had asked for another.
  expect(performance.now() - start).toBeLessThan(9000);
  await toldOfShutdown(devices);
  expect(devices.v5.packets.filter(({ cmd }) => cmd === 'puback')).toEqual([]);
});

test('a second SIGTERM during the stop changes nothing; SIGINT stops as SIGTERM does', async () => {
  redis = await startRedis();
  gateway = await startGateway({ redisUrl: redis.url });
  const devices = await fleet();
  gateway.process.signal('SIGINT');
  gateway.process.signal('SIGTERM');
  await toldOfShutdown(devices);
  expect(await gateway.process.exited).toBe(0);
});
