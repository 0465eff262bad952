import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { PlainDevice } from '../support/plain.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { freshId, useStage } from '../support/stage.ts';
import { untilEvents } from '../support/streams.ts';
import { until } from '../support/until.ts';

const origin = 'https://dashboard.example';
const stage = useStage({
  config: {
    limits: { maxInflightUp: 8, maxAwaitingRelease: 12, maxSubscriptions: 5, maxPacketBytes: 2048 },
    listeners: [
      { name: 'mqtt', protocol: 'mqtt', host: '127.0.0.1', port: 0 },
      { name: 'narrow', protocol: 'mqtt', host: '127.0.0.1', port: 0, maxConnections: 2 },
      { name: 'ws', protocol: 'ws', host: '127.0.0.1', port: 0, allowedOrigins: [origin] },
    ],
  },
});

const open = (version: 4 | 5): Promise<RawMqtt> => RawMqtt.tcp(stage.gateway.port('mqtt'), version);

test('closes an MQTT 5 device above Receive Maximum with 0x93 [MQTT-3.3.4-9]', async () => {
  const id = freshId();
  const device = await open(5);
  expect((await device.connect(id)).properties?.receiveMaximum).toBe(8);
  for (let n = 1; n <= 8; n++) device.send(publishPacket('t', 'x', 2, n));
  await until('eight PUBREC', () => device.packets.length === 9);
  device.send(publishPacket('t', 'one too many', 2, 9));
  expect((await device.end()).disconnect?.reasonCode).toBe(0x93);
  expect((await untilEvents(stage.redis.client, id, 2))[1]?.fields['reason']).toBe(
    'receive-maximum-exceeded',
  );
});

test('bounds the QoS 2 messages of a 3.1.1 device that wait for PUBREL', async () => {
  const id = freshId();
  const device = await open(4);
  await device.connect(id);
  for (let n = 1; n <= 13; n++) device.send(publishPacket('t', 'x', 2, n));
  await device.end();
  expect((await untilEvents(stage.redis.client, id, 2))[1]?.fields['reason']).toBe('quota-exceeded');
});

test('refuses subscriptions above the maximum one by one', async () => {
  const device = await open(5);
  await device.connect(freshId());
  device.send({
    cmd: 'subscribe',
    messageId: 1,
    subscriptions: Array.from({ length: 7 }, (_, n) => ({
      topic: `f/${n}`,
      qos: 1 as const,
      nl: false,
      rap: false,
      rh: 0,
    })),
  });
  expect((await device.take('suback')).granted).toEqual([1, 1, 1, 1, 1, 0x97, 0x97]);
  await device.leave();
});

test('takes a packet of exactly the maximum and refuses one byte more', async () => {
  const device = await open(4);
  await device.connect(freshId());
  const overhead = 1 + 2 + 2 + 1 + 2; // first byte, Remaining Length, topic length, topic, packet id
  device.send(publishPacket('t', 'x'.repeat(2048 - overhead), 1, 1));
  await device.take('puback');
  device.send(publishPacket('t', 'x'.repeat(2048 - overhead + 1), 1, 2));
  await device.end();

  const plain = await PlainDevice.hello(stage.gateway.wsUrl('/ws'), freshId());
  const frame = (size: number): string => {
    const bare = JSON.stringify({ type: 'publish', id: 1, topic: 't', payload: '' });
    return JSON.stringify({ type: 'publish', id: 1, topic: 't', payload: 'x'.repeat(size - bare.length) });
  };
  plain.sendText(frame(2048));
  await plain.take('ack');
  plain.sendText(frame(2049));
  expect(await plain.end()).toBe(1009);
});

test('takes no more connections than a listener may have, and room again when one leaves', async () => {
  const port = stage.gateway.port('narrow');
  const devices = [await RawMqtt.tcp(port), await RawMqtt.tcp(port)];
  for (const device of devices) await device.connect(freshId());
  const before = await stage.gateway.metric('tributary_connects_refused_total', { reason: 'server-busy' });
  const surplus = await RawMqtt.tcp(port).catch(() => undefined);
  await surplus?.end();
  await until(
    'the refusal to be counted',
    async () =>
      (await stage.gateway.metric('tributary_connects_refused_total', { reason: 'server-busy' })) ===
      before + 1,
  );
  await devices[0]?.leave();
  await until('room for another', async () => {
    const another = await RawMqtt.tcp(port).catch(() => undefined);
    if (another === undefined) return false;
    try {
      return (await another.connect(freshId())).reasonCode === 0;
    } catch {
      return false;
    } finally {
      another.drop();
    }
  });
  await devices[1]?.leave();
});

test.each([
  ['/ws', 'tributary.v1', origin, true],
  ['/mqtt', 'mqtt', origin, true],
  ['/ws', 'tributary.v1', `${origin}.evil.example`, false],
  ['/mqtt', 'mqtt', 'null', false],
  ['/mqtt', 'mqtt', undefined, true],
] as const)('%s as %s from the origin %s: let in is %s', async (path, subprotocol, from, isLetIn) => {
  const headers = from === undefined ? {} : { Origin: from };
  const socket = new WebSocket(stage.gateway.wsUrl(path), [subprotocol], { headers });
  const outcome = await new Promise<string>((resolve) => {
    socket.on('open', () => resolve('open'));
    socket.on('error', (error) => resolve(error.message));
  });
  expect(outcome).toMatch(isLetIn ? /^open$/ : /40[03]/);
  socket.terminate();
});
