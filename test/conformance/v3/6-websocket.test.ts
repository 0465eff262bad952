import { randomBytes } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { freshId } from '../../support/stage.ts';
import { RawWebSocket, webSocketFrame } from '../../support/raw-websocket.ts';
import { untilUplink } from '../../support/streams.ts';
import { connectBytes, pingreq, publishBytes } from '../support/bytes.ts';
import { Client } from '../support/client.ts';
import { useServer } from '../support/server.ts';

const { stage } = useServer({ version: 4 });

/** The server's answer to an upgrade that offers these subprotocols. */
function upgradeAnswer(subprotocols: string | undefined): Promise<string> {
  const socket = connectTcp({ port: stage.gateway.port('ws'), host: '127.0.0.1' });
  const offer = subprotocols === undefined ? '' : `Sec-WebSocket-Protocol: ${subprotocols}\r\n`;
  socket.write(
    `GET /mqtt HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n${offer}\r\n`,
  );
  return new Promise((resolve, reject) => {
    let answer = '';
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (answer.includes('\r\n\r\n')) socket.destroy();
    });
    socket.on('close', () => resolve(answer));
  });
}

/** A WebSocket that sends these messages, `string`s as text frames; its close code. */
async function closeCodeAfter(...messages: (Buffer | string)[]): Promise<number> {
  const socket = new WebSocket(stage.gateway.wsUrl('/mqtt'), ['mqtt']);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  for (const message of messages) socket.send(message);
  return closed;
}

test('closes on a text frame, before and after CONNECT [MQTT-6.0.0-1]', async () => {
  expect(await closeCodeAfter(pingreq.toString('latin1'))).toBeGreaterThan(1001);
  const greeting = connectBytes({ clientId: freshId() });
  expect(await closeCodeAfter(greeting, pingreq.toString('latin1'))).toBeGreaterThan(1001);
});

test('closes on a text frame that holds nothing but a valid packet [MQTT-6.0.0-1]', async () => {
  const greeting = connectBytes({ clientId: freshId(), keepAlive: 60 });
  expect(await closeCodeAfter(greeting.toString('utf8'))).toBeGreaterThan(1001);
});

test('sends its packets in binary frames [MQTT-6.0.0-1]', async () => {
  const client = await Client.open(stage.gateway, 'ws', 4);
  await client.greet(freshId());
  await client.subscribe('binary/frames', 1);
  await client.publish('binary/frames', 'text', 1);
  await client.receive();
  expect(client.textFrames).toBe(0);
  await client.leave();
});

test('reads packets that share a frame and packets that span frames [MQTT-6.0.0-2]', async () => {
  const clientId = freshId();
  const bytes = Buffer.concat([
    connectBytes({ clientId }),
    ...[1, 2, 3, 4].map((n) => publishBytes({ topic: 'frames', payload: `${n}`, qos: 1, packetId: n })),
  ]);
  for (const size of [1, 2, 7, 40, bytes.length]) {
    const client = await Client.open(stage.gateway, 'ws', 4);
    await client.sendSplit(bytes, size);
    await client.expect('connack');
    for (const n of [1, 2, 3, 4]) expect((await client.expect('puback')).messageId).toBe(n);
    await client.leave();
  }
  expect(await untilUplink(stage.redis.client, clientId, 20)).toHaveLength(20);
});

test('reads a packet from the fragments of one message, and from empty frames [MQTT-6.0.0-2]', async () => {
  const clientId = freshId();
  const socket = await RawWebSocket.upgrade(stage.gateway.port('ws'), '/mqtt', 'mqtt');
  const publish = publishBytes({ topic: 'fragments', payload: 'in pieces' });
  socket.send(
    webSocketFrame(connectBytes({ clientId })),
    webSocketFrame(publish.subarray(0, 3), { firstBits: 0 }),
    webSocketFrame(publish.subarray(3, 5), { opcode: 0, firstBits: 0 }),
    webSocketFrame(publish.subarray(5), { opcode: 0 }),
    webSocketFrame(Buffer.alloc(0)),
  );
  const [entry] = await untilUplink(stage.redis.client, clientId, 1);
  expect(String(entry?.payload)).toBe('in pieces');
  socket.socket.destroy();
});

test.each([['mqtt'], ['mqtt, mqttv3.1'], ['other, mqtt'], ['mqttv3.1,mqtt']])(
  'selects the subprotocol mqtt of %s [MQTT-6.0.0-4]',
  async (offered) => {
    const answer = await upgradeAnswer(offered);
    expect(answer).toMatch(/^HTTP\/1\.1 101 /);
    expect(/^sec-websocket-protocol: (.*)\r$/im.exec(answer)?.[1]).toBe('mqtt');
  },
);

test('serves MQTT over WebSocket to nobody who does not offer the subprotocol [MQTT-6.0.0-4]', async () => {
  for (const offered of [undefined, 'other', 'MQTTX'])
    expect(await upgradeAnswer(offered)).not.toMatch(/^HTTP\/1\.1 101 /);
});
