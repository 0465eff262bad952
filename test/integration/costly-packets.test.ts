import type { ISubscribePacket } from 'mqtt-packet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PlainDevice } from '../support/plain.ts';
import { bytesOf, connectPacket, publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { freshId, useStage } from '../support/stage.ts';
import { untilEvents } from '../support/streams.ts';
import { until } from '../support/until.ts';

const stage = useStage({ config: { limits: { maxSubscriptions: 1000 } } });
const keep = { clean: false, properties: { sessionExpiryInterval: 300 } };

let bystander: RawMqtt;
beforeAll(async () => {
  bystander = await RawMqtt.tcp(stage.gateway.port('mqtt'));
  await bystander.connect(freshId('bystander'));
});
afterAll(() => bystander.leave());

let sent = 0;
async function bystanderIsServed(): Promise<void> {
  const messageId = ++sent;
  bystander.send(publishPacket('t', 'x', 1, messageId));
  await bystander.take('puback', (ack) => ack.messageId === messageId);
}

async function connect(id: string): Promise<RawMqtt> {
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'));
  await device.connect(id, keep);
  return device;
}

const filters = (count: number): string[] => Array.from({ length: count }, (_, n) => `a/${n}/+/b`);
const subscribe = (count: number): ISubscribePacket => ({
  cmd: 'subscribe',
  messageId: 1,
  subscriptions: filters(count).map((topic) => ({ topic, qos: 1, nl: false, rap: false, rh: 0 })),
});

test('answers each of 1000 filters in a packet, also of filters the session never had', async () => {
  const device = await connect(freshId('greedy'));
  device.send({ cmd: 'unsubscribe', messageId: 2, unsubscriptions: filters(1000) });
  expect((await device.take('unsuback')).granted).toEqual(Array<number>(1000).fill(0x11));
  device.send(subscribe(1000));
  await bystanderIsServed();
  expect((await device.take('suback')).granted).toEqual(Array<number>(1000).fill(1));
  device.send({ cmd: 'unsubscribe', messageId: 3, unsubscriptions: filters(1000) });
  await bystanderIsServed();
  expect((await device.take('unsuback')).granted).toEqual(Array<number>(1000).fill(0));
  await device.leave();
});

test.each<[string, () => Buffer]>([
  ['1001 filters to subscribe to', () => bytesOf(subscribe(1001))],
  [
    '1001 filters to unsubscribe from',
    () => bytesOf({ cmd: 'unsubscribe', messageId: 1, unsubscriptions: filters(1001) }),
  ],
  [
    '1001 user properties',
    () =>
      bytesOf(
        publishPacket('t', 'x', 1, 1, {
          properties: { userProperties: { k: Array<string>(1001).fill('v') } },
        }),
      ),
  ],
])('P6: a packet with %s ends its connection with 0x97, and nobody else notices', async (_, bytes) => {
  const id = freshId('greedy');
  const device = await connect(id);
  device.send(bytes());
  await bystanderIsServed();
  expect((await device.end()).disconnect?.reasonCode).toBe(0x97);
  expect((await untilEvents(stage.redis.client, id, 2))[1]?.fields['reason']).toBe('quota-exceeded');
});

test('a payload of JSON nested too deeply is malformed, and no fault of ours in the log', async () => {
  const id = freshId('deep');
  const device = await PlainDevice.hello(stage.gateway.wsUrl('/ws'), id);
  const depth = 100_000;
  device.sendText(`{"type":"publish","topic":"t","payload":${'['.repeat(depth)}${']'.repeat(depth)}}`);
  await bystanderIsServed();
  expect(await device.end()).toBe(1002);
  expect((await untilEvents(stage.redis.client, id, 2))[1]?.fields['reason']).toBe('malformed');
});

/** The session that could not be told it is one leaves nothing behind. */
async function isGone(id: string): Promise<void> {
  const events = await untilEvents(stage.redis.client, id, 2);
  expect(events.map(({ type }) => type)).toEqual(['connected', 'disconnected']);
  expect(events[1]?.fields).toMatchObject({ reason: 'too-large', messages: '0' });
  await until(
    'the connection to be forgotten',
    async () => (await stage.gateway.metric('tributary_connections')) === 1,
  );
}

test('closes a connection whose CONNACK is above the Maximum Packet Size of the device [MQTT-3.1.2-24]', async () => {
  const id = freshId('tiny');
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'));
  device.send(
    connectPacket(id, 5, { properties: { maximumPacketSize: 10 } }),
    publishPacket('t', 'never taken', 1, 1),
  );
  await device.end();
  expect(device.packets).toEqual([]);
  await isGone(id);
});

test('closes a connection whose SUBACK is above the Maximum Packet Size of the device', async () => {
  const id = freshId('tiny');
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'));
  await device.connect(id, { properties: { maximumPacketSize: 100 } });
  device.send(subscribe(200));
  expect((await device.end()).disconnect?.reasonCode).toBe(0x95);
  await isGone(id);
});
