import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { faultsOfHistory } from '../support/history.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { RespProxy } from '../support/resp-proxy.ts';
import { freshId } from '../support/stage.ts';
import { eventsOf, keys, ownerOf, untilEvents, uplinkOf } from '../support/streams.ts';
import { until } from '../support/until.ts';

let redis: RedisServer;
let proxy: RespProxy;
/** Reaches Redis through the proxy. */
let cutOff: Gateway;
let other: Gateway;

beforeAll(async () => {
  redis = await startRedis();
  proxy = await RespProxy.start(redis.port);
  const config = { redis: { replyTimeoutMs: 1000 } };
  cutOff = await startGateway({ redisUrl: proxy.url, nodeId: 'gw-1', config });
  other = await startGateway({ redisUrl: redis.url, nodeId: 'gw-2', config });
});
afterAll(async () => {
  proxy.thaw();
  await Promise.all([cutOff.stop(), other.stop()]);
  await proxy.stop();
  await redis.stop();
});

const keep = { clean: false, properties: { sessionExpiryInterval: 300 } };

async function connect(gateway: Gateway, id: string): Promise<RawMqtt> {
  const device = await RawMqtt.tcp(gateway.port('mqtt'));
  await device.connect(id, keep);
  return device;
}

test('P3, P4, P5: a device that moves while its node is cut off from Redis: the old connection ends, its late tail doubles nothing', async () => {
  const id = freshId('moving');
  const older = await connect(cutOff, id);
  older.send(publishPacket('t', 'before', 2, 1));
  await older.take('pubrec');
  proxy.freeze();
  older.send(publishPacket('t', 'in between', 2, 2), publishPacket('t', 'late tail', 1, 3));

  const newer = await connect(other, id);
  newer.send(
    publishPacket('t', 'before', 2, 1, { dup: true }),
    publishPacket('t', 'in between', 2, 2, { dup: true }),
  );
  await newer.take('pubrec', ({ messageId }) => messageId === 2);
  await cutOff.until(503);
  expect(older.packets.filter(({ messageId }) => messageId === 2 || messageId === 3)).toEqual([]);
  proxy.thaw();
  expect((await older.end()).disconnect?.reasonCode).toBe(0x8e);
  await cutOff.until(200);

  const newerEpoch = (await ownerOf(redis.client, id))?.epoch;
  const entries = await uplinkOf(redis.client, id);
  const payloads = entries.map(({ payload }) => payload.toString());
  expect(payloads.filter((payload) => payload === 'before')).toHaveLength(1);
  expect(payloads.filter((payload) => payload === 'in between')).toHaveLength(1);
  expect(entries.find(({ payload }) => payload.toString() === 'in between')?.epoch).toBe(newerEpoch);
  newer.send({ cmd: 'pingreq' });
  await newer.take('pingresp');
  const events = await eventsOf(redis.client, id);
  expect(events.map(({ type }) => type)).toEqual(['connected', 'superseded']);
  expect(await ownerOf(redis.client, id)).toMatchObject({ node: other.node });
  expect(await redis.client.hget(keys.device(keys.partitionOf(id), id), 'state')).toBe('online');
  await newer.leave();
  expect(faultsOfHistory(await untilEvents(redis.client, id, 3))).toEqual([]);
});

test('P4: devices that leave and return elsewhere while their node is cut off have a legal history', async () => {
  const ids = Array.from({ length: 20 }, () => freshId('crossing'));
  const older = await Promise.all(ids.map((id) => connect(cutOff, id)));
  proxy.freeze();
  await cutOff.until(503);
  for (const [n, device] of older.entries()) if (n % 2 === 0) device.drop();
  const newer = await Promise.all(ids.map((id) => connect(other, id)));
  for (const [n, device] of newer.entries()) if (n % 4 === 0) await device.leave();
  proxy.thaw();
  await cutOff.until(200);
  await until('the old connections to end', () => older.every(({ closing }) => closing !== undefined));
  await until(
    'nothing to be left to tell Redis',
    async () => (await cutOff.metric('tributary_pending_releases')) === 0,
  );
  for (const [n, id] of ids.entries()) {
    const events = await eventsOf(redis.client, id);
    expect(faultsOfHistory(events)).toEqual([]);
    const owner = await ownerOf(redis.client, id);
    if (n % 4 === 0) expect(owner).toBeUndefined();
    else expect(owner).toMatchObject({ node: other.node, epoch: events.at(-1)?.epoch });
  }
  for (const device of newer) if (device.closing === undefined) await device.leave();
});
