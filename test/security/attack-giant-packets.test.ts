import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { bytesOf, connectPacket, publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { RawWebSocket, webSocketFrame } from '../support/raw-websocket.ts';
import { freshId, useStage } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { intrude, isGone } from './support/intruder.ts';
import { besideDevices, nothingIsKept } from './support/well-behaved.ts';

const maxPacketBytes = 256 * 1024;
const maxInboundBytes = 2 * 1024 * 1024;
const stage = useStage({
  config: { limits: { maxPacketBytes, maxInboundBytes, handshakeTimeoutMs: 60_000 } },
});

const ended = (reason: string): Promise<number> =>
  stage.gateway.metric('tributary_disconnects_total', { reason });
const kept = (): Promise<number> => stage.gateway.metric('tributary_inbound_bytes');
const greeting = (): Buffer => bytesOf(connectPacket(freshId('giant'), 5));
const hello = (): Buffer => Buffer.from(JSON.stringify({ type: 'hello', clientId: freshId('giant') }));
const text = { opcode: 1 };

/** Comes in at a listener, as far as it is let, and sends `bytes`. */
type Way = (bytes: Buffer) => Promise<Socket>;

const viaTcp =
  (first?: Buffer): Way =>
  async (bytes) => {
    const socket = intrude(stage.gateway.port('mqtt'), undefined, first);
    socket.resume();
    await once(socket, 'connect');
    socket.write(bytes);
    return socket;
  };

const viaWebSocket =
  (path: '/mqtt' | '/ws', first?: Buffer): Way =>
  async (bytes) => {
    const raw = await RawWebSocket.upgrade(
      stage.gateway.port('ws'),
      path,
      path === '/ws' ? 'tributary.v1' : 'mqtt',
    );
    onTestFinished(() => void raw.socket.destroy());
    if (first !== undefined) raw.send(first);
    raw.send(bytes);
    return raw.socket;
  };

/** What is declared is 256 MiB, or a petabyte; what comes of it is a little. */
const body = Buffer.alloc(10_000, 0x61);
const mqttGiant = (type: number): Buffer =>
  Buffer.concat([Buffer.from([type, 0xff, 0xff, 0xff, 0x7f]), body]);
const frameGiant = (opcode: number): Buffer => webSocketFrame(body, { opcode, declaredBytes: 1n << 50n });

test('packets and frames that say they are giants end their connection at their header', async () => {
  const before = await ended('too-large');
  await besideDevices(stage, async () => {
    const giants = (): [Way, Buffer][] => [
      [viaTcp(), mqttGiant(0x10)],
      [viaTcp(greeting()), mqttGiant(0x30)],
      [viaWebSocket('/mqtt'), webSocketFrame(mqttGiant(0x10))],
      [viaWebSocket('/mqtt'), frameGiant(2)],
      [viaWebSocket('/ws'), frameGiant(1)],
      [viaWebSocket('/ws', webSocketFrame(hello(), text)), frameGiant(1)],
    ];
    const all = Array.from({ length: 10 }, giants).flat();
    const sockets = await Promise.all(all.map(([come, bytes]) => come(bytes)));
    await until('all to be gone', () => sockets.every(isGone));
    expect(await ended('too-large')).toBe(before + all.length);
  });
  await nothingIsKept(stage);
});

/** All but the last byte of the largest there may be. */
const unfinished = (packet: Buffer): Buffer => packet.subarray(0, -1);
const overhead = 16;
const largest = Buffer.alloc(maxPacketBytes - overhead, 0x61);

test('what never ends is kept of few, however many begin it; one that is in order has room', async () => {
  const before = await ended('quota-exceeded');
  await besideDevices(stage, async () => {
    const publish = unfinished(bytesOf(publishPacket('t', largest, 0)));
    const connect = unfinished(
      bytesOf(connectPacket('giant', 5, { username: 'x', password: Buffer.alloc(65_535) })),
    );
    const json = Buffer.from(JSON.stringify({ type: 'publish', topic: 't', payload: 'x'.repeat(200_000) }));
    const ways = (): [Way, Buffer][] => [
      [viaTcp(greeting()), publish],
      [viaTcp(), connect],
      [viaWebSocket('/mqtt', webSocketFrame(greeting())), unfinished(webSocketFrame(publish.subarray(0, 65_000)))],
      [viaWebSocket('/ws', webSocketFrame(hello(), text)), webSocketFrame(json.subarray(0, 60_000), { ...text, declaredBytes: 250_000n })],
    ]; // prettier-ignore
    const sockets: Socket[] = [];
    for (let round = 0; round < 15; round++) {
      sockets.push(...(await Promise.all(ways().map(([come, bytes]) => come(bytes)))));
      expect(await kept()).toBeLessThanOrEqual(maxInboundBytes);
    }
    await until('the largest to be gone', async () => (await ended('quota-exceeded')) > before);
    await until('the bound to be reached', async () => (await kept()) > maxInboundBytes / 2);
    await finishesSlowly(50_000);
    expect(await kept()).toBeLessThanOrEqual(maxInboundBytes);
    await until('those to be gone that were let go', async () => {
      return sockets.filter(isGone).length === (await ended('quota-exceeded')) - before;
    });
    for (const socket of sockets) socket.destroy();
  });
  await nothingIsKept(stage);
});

/** A device in order, whose message comes in two parts. */
async function finishesSlowly(payloadBytes: number): Promise<void> {
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'));
  await device.connect(freshId('slow'));
  const packet = bytesOf(publishPacket('t', Buffer.alloc(payloadBytes), 1, 1));
  const before = await kept();
  device.send(packet.subarray(0, payloadBytes / 2));
  await until('its first part to be kept', async () => (await kept()) !== before);
  device.send(packet.subarray(payloadBytes / 2));
  await device.take('puback');
  await device.leave();
}
