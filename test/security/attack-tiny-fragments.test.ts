import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { bytesOf, connectPacket, publishPacket } from '../support/raw-mqtt.ts';
import { RawWebSocket, webSocketFrame } from '../support/raw-websocket.ts';
import { freshId, useStage } from '../support/stage.ts';
import { untilUplink } from '../support/streams.ts';
import { intrude } from './support/intruder.ts';
import { besideDevices, nothingIsKept } from './support/well-behaved.ts';

const stage = useStage({ config: { limits: { maxPacketBytes: 4096, handshakeTimeoutMs: 1000 } } });

const ended = (reason: string): Promise<number> =>
  stage.gateway.metric('tributary_disconnects_total', { reason });

async function upgraded(path: '/mqtt' | '/ws'): Promise<RawWebSocket> {
  const raw = await RawWebSocket.upgrade(
    stage.gateway.port('ws'),
    path,
    path === '/ws' ? 'tributary.v1' : 'mqtt',
  );
  onTestFinished(() => void raw.socket.destroy());
  return raw;
}

/** A message in frames of one byte each; without its end where it `isOpen`. */
const inBytes = (message: Buffer, opcode: 1 | 2, isOpen = false): Buffer =>
  Buffer.concat(
    Array.from(message, (_, n) =>
      webSocketFrame(message.subarray(n, n + 1), {
        opcode: n === 0 ? opcode : 0,
        firstBits: n === message.length - 1 && !isOpen ? 0x80 : 0,
      }),
    ),
  );

const json = (frame: object): Buffer => Buffer.from(JSON.stringify(frame));

test.each([
  ['/mqtt', 2, (id: string) => [bytesOf(connectPacket(id, 5)), bytesOf(publishPacket('t', 'by byte', 1, 1))]],
  [
    '/ws',
    1,
    (id: string) => [
      json({ type: 'hello', clientId: id }),
      json({ type: 'publish', id: 1, topic: 't', payload: 'by byte' }),
    ],
  ],
] as const)('a device may say all it says in frames of one byte: %s', async (path, opcode, messagesOf) => {
  const id = freshId('fragments');
  const raw = await upgraded(path);
  for (const message of messagesOf(id)) raw.send(inBytes(message, opcode));
  const [entry] = await untilUplink(stage.redis.client, id, 1);
  expect(entry!.payload.toString()).toContain('by byte');
});

test('a device may say all it says in segments of one byte', async () => {
  const id = freshId('segments');
  const socket = intrude(stage.gateway.port('mqtt'));
  await once(socket, 'connect');
  const bytes = [connectPacket(id, 5), publishPacket('t', 'by byte', 1, 1)].map((packet) => bytesOf(packet));
  for (const byte of Buffer.concat(bytes)) {
    socket.write(Buffer.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await untilUplink(stage.redis.client, id, 1)).toHaveLength(1);
});

test('a message of frames without end is cut off by their number, before they are many bytes', async () => {
  const before = await ended('quota-exceeded');
  const endless = {
    '/mqtt': inBytes(Buffer.alloc(500), 2, true),
    '/ws': inBytes(Buffer.alloc(500), 1, true),
  };
  await besideDevices(stage, async () => {
    const paths = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? '/mqtt' : '/ws'));
    const all = await Promise.all(
      paths.map(async (path) => {
        const raw = await upgraded(path);
        raw.send(endless[path]);
        return raw;
      }),
    );
    expect(await Promise.all(all.map((raw) => raw.end()))).toEqual(all.map(() => 1008));
  });
  expect(await ended('quota-exceeded')).toBe(before + 20);
  await nothingIsKept(stage);
});
