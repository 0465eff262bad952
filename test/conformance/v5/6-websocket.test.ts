import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { RawWebSocket, webSocketFrame } from '../../support/raw-websocket.ts';
import { freshId } from '../../support/stage.ts';
import {
  connectBytes,
  packet,
  pingreq,
  properties,
  publishBytes,
  text,
  u16,
  byte,
} from '../support/bytes.ts';
import { Client } from '../support/client.ts';
import { useServer } from '../support/server.ts';

const { stage } = useServer({ version: 5 });

const open = (): Promise<Client> => Client.open(stage.gateway, 'ws', 5);
const upgrade = (): Promise<RawWebSocket> => RawWebSocket.upgrade(stage.gateway.port('ws'), '/mqtt', 'mqtt');
const greeting = (): Buffer => connectBytes({ level: 5, clientId: freshId() });

test('closes a connection that sends a text frame, before CONNECT and after [MQTT-6.0.0-1]', async () => {
  for (const before of [[], [greeting()]]) {
    const socket = new WebSocket(stage.gateway.wsUrl('/mqtt'), ['mqtt']);
    await once(socket, 'open');
    for (const bytes of before) socket.send(bytes);
    socket.send('text');
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).toBe(1003);
  }
});

test('sends its own packets in binary frames [MQTT-6.0.0-1]', async () => {
  const client = await open();
  await client.greet(freshId());
  await client.subscribe('a', 1);
  await client.nothingMore();
  expect(client.textFrames).toBe(0);
  await client.leave();
});

test('reads several packets of one frame [MQTT-6.0.0-2]', async () => {
  const client = await open();
  const topic = freshId('frames');
  client.send(
    greeting(),
    packet('subscribe', [u16(1), properties(), text(topic), byte(1)]),
    publishBytes({ topic, payload: 'x', qos: 1, packetId: 2, properties: [] }),
    pingreq,
  );
  await client.expect('connack');
  await client.take('suback');
  await client.take('puback');
  await client.take('pingresp');
  expect(String((await client.take('publish')).payload)).toBe('x');
  await client.leave();
});

test.each([1, 2, 3, 7, 50])('reads packets cut into frames of %i bytes [MQTT-6.0.0-2]', async (size) => {
  const client = await open();
  const topic = freshId('frames');
  const bytes = Buffer.concat([
    greeting(),
    packet('subscribe', [u16(1), properties(), text(topic), byte(1)]),
    publishBytes({ topic, payload: 'x'.repeat(300), qos: 1, packetId: 2, properties: [] }),
    pingreq,
  ]);
  await client.sendSplit(bytes, size);
  await client.expect('connack');
  await client.take('suback');
  await client.take('puback');
  expect((await client.take('publish')).payload).toHaveLength(300);
  await client.take('pingresp');
  await client.leave();
});

test('reads a packet whose end shares a frame with the next packet [MQTT-6.0.0-2]', async () => {
  const client = await open();
  await client.greet(freshId());
  const publish = publishBytes({ topic: 't', payload: 'x'.repeat(100), qos: 1, packetId: 2, properties: [] });
  client.send(pingreq, publish.subarray(0, 10));
  await client.expect('pingresp');
  client.send(publish.subarray(10), pingreq.subarray(0, 1));
  await client.expect('puback');
  client.send(pingreq.subarray(1));
  await client.expect('pingresp');
  await client.leave();
});

test('reads a message of several WebSocket fragments, and empty frames [MQTT-6.0.0-2]', async () => {
  const socket = await upgrade();
  const bytes = Buffer.concat([greeting(), packet('disconnect', [])]);
  socket.send(
    webSocketFrame(Buffer.alloc(0)),
    webSocketFrame(bytes.subarray(0, 5), { firstBits: 0 }),
    webSocketFrame(bytes.subarray(5, 9), { opcode: 0, firstBits: 0 }),
    webSocketFrame(bytes.subarray(9), { opcode: 0 }),
  );
  expect(await socket.end()).toBe(1000);
});

test.each([[['mqtt']], [['other', 'mqtt']], [['mqtt', 'mqttv3.1']], [['mqttv3.1', 'mqtt']]])(
  'selects the subprotocol mqtt of %j [MQTT-6.0.0-4]',
  async (offered) => {
    const socket = new WebSocket(stage.gateway.wsUrl('/mqtt'), offered);
    await once(socket, 'open');
    expect(socket.protocol).toBe('mqtt');
    socket.terminate();
  },
);

test('refuses an upgrade that does not offer mqtt [MQTT-6.0.0-4]', async () => {
  for (const offered of [[], ['other'], ['MQTT']]) {
    const socket = new WebSocket(stage.gateway.wsUrl('/mqtt'), offered);
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toMatch(/Unexpected server response: 4\d\d/);
  }
});
