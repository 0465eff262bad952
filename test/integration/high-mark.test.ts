import { afterEach, expect, test } from 'vitest';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { bytesOf, publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { untilUplink } from '../support/streams.ts';
import { holds, until } from '../support/until.ts';

const highMarkBytes = 65_536;

let redis: RedisServer;
let gateway: Gateway;

afterEach(async () => {
  redis.resume();
  expect(await gateway.stop()).toBe(0);
  await redis.stop();
});

async function start(lowMarkBytes: number): Promise<void> {
  redis = await startRedis();
  const devices = { rules: [{ match: 'critical*', class: 'critical' }] };
  gateway = await startGateway({
    redisUrl: redis.url,
    config: { devices, uplink: { highMarkBytes, lowMarkBytes } },
  });
}

async function connect(id: string): Promise<RawMqtt> {
  const device = await RawMqtt.tcp(gateway.port('mqtt'));
  expect((await device.connect(id)).reasonCode).toBe(0);
  return device;
}

test('P6: the high mark is passed by one packet of the node, not by one packet of every device', async () => {
  const packetBytes = 200_000;
  await start(1000);
  const ids = Array.from({ length: 40 }, () => freshId('heavy'));
  const devices = await Promise.all(ids.map(connect));
  redis.pause();
  for (const device of devices) device.send(publishPacket('t', Buffer.alloc(packetBytes), 1, 1));
  await until(
    'all but one to be paused',
    async () => (await gateway.metric('tributary_paused_connections')) >= devices.length - 1,
  );
  const queued = await gateway.metric('tributary_uplink_queue_bytes');
  expect(queued).toBeGreaterThan(highMarkBytes);
  expect(queued).toBeLessThan(highMarkBytes + packetBytes + 1024);
  // Of the others no more is read than sockets that are read in turn had when the first packet was whole, and then nothing.
  const kept = await gateway.metric('tributary_inbound_bytes');
  expect(kept).toBeLessThan((devices.length - 1) * packetBytes);
  await holds(300, async () => expect(await gateway.metric('tributary_inbound_bytes')).toBe(kept));
  redis.resume();
  for (const device of devices) await device.take('puback');
  for (const id of ids) expect(await untilUplink(redis.client, id, 1)).toHaveLength(1);
  expect(await gateway.metric('tributary_uplink_queue_bytes')).toBe(0);
  expect(await gateway.metric('tributary_paused_connections')).toBe(0);
  for (const device of devices) await device.leave();
});

test('P6: critical devices are read on above the high mark, up to a quarter more', async () => {
  await start(1000);
  const [heavy, other] = [await connect(freshId('heavy')), await connect(freshId('other'))];
  const critical = await connect(freshId('critical'));
  const queued = () => gateway.metric('tributary_uplink_queue_bytes');
  redis.pause();
  heavy.send(publishPacket('t', Buffer.alloc(highMarkBytes), 1, 1));
  await until('the high mark', async () => (await queued()) > highMarkBytes);
  for (const device of [other, critical]) device.send(publishPacket('t', Buffer.alloc(6000), 1, 1));
  await until('the critical message', async () => (await queued()) > highMarkBytes + 6000);
  critical.send(publishPacket('t', Buffer.alloc(12_000), 1, 2), publishPacket('t', 'one more', 1, 3));
  await until('both to be paused', async () => (await gateway.metric('tributary_paused_connections')) === 2);
  expect(await queued()).toBeLessThan(highMarkBytes + 6000 + 12_000 + 2000);
  redis.resume();
  for (const device of [heavy, other]) await device.take('puback');
  await critical.take('puback', ({ messageId }) => messageId === 3);
  for (const device of [heavy, other, critical]) await device.leave();
});

test('P6: with a low mark of 0 reading goes on when nothing is queued any more', async () => {
  await start(0);
  const id = freshId('heavy');
  const device = await connect(id);
  for (let n = 1; n <= 60; n++) device.send(publishPacket('t', Buffer.alloc(20_000), 1, n));
  await device.take('puback', ({ messageId }) => messageId === 60);
  expect((await untilUplink(redis.client, id, 60)).map(({ seq }) => seq)).toEqual(
    Array.from({ length: 60 }, (_, n) => n + 1),
  );
  await device.leave();
});

test('P8: what devices sent of unfinished packets is told, and forgotten with them', async () => {
  const sentBytes = 50_000;
  await start(1000);
  const devices = await Promise.all(Array.from({ length: 5 }, () => connect(freshId('slow'))));
  const packet = bytesOf(publishPacket('t', Buffer.alloc(2 * sentBytes), 1, 1));
  for (const device of devices) device.send(packet.subarray(0, sentBytes));
  const told = (bytes: number): Promise<true> =>
    until(`${bytes} inbound bytes`, async () => (await gateway.metric('tributary_inbound_bytes')) === bytes);
  await told(devices.length * sentBytes);
  const [finishing, ...leaving] = devices;
  finishing?.send(packet.subarray(sentBytes));
  await finishing?.take('puback');
  await told(leaving.length * sentBytes);
  for (const device of leaving) device.drop();
  await told(0);
  await finishing?.leave();
});
