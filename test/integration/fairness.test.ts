import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bytesOf, connectPacket, publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { freshId, useStage } from '../support/stage.ts';
import { untilEvents, uplinkOf } from '../support/streams.ts';
import { until } from '../support/until.ts';

const maxOutboxBytes = 65_536;
const stage = useStage({ config: { limits: { maxOutboxBytes } } });
const open = (version: 4 | 5 = 5): Promise<RawMqtt> => RawMqtt.tcp(stage.gateway.port('mqtt'), version);

let others: RawMqtt[];
let ids: string[];
let next: number;

beforeEach(async () => {
  ids = Array.from({ length: 10 }, () => freshId('other'));
  next = 1;
  others = await Promise.all(
    ids.map(async (id) => {
      const device = await open();
      await device.connect(id);
      return device;
    }),
  );
});
afterEach(() => Promise.all(others.map((device) => device.leave())));

/** Every other device sends `count` messages, one after the other, each acknowledged before the next. */
async function othersAreServed(count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const messageId = next++;
    for (const device of others) device.send(publishPacket('t', String(messageId), 1, messageId));
    await Promise.all(
      others.map((device) => device.take('puback', (ack) => ack.messageId === messageId, 5_000)),
    );
  }
}

/** All that was served so far is in the streams, in order. */
async function othersAreStored(): Promise<void> {
  for (const id of ids) {
    const entries = await uplinkOf(stage.redis.client, id);
    expect(entries.map(({ payload }) => Number(payload.toString()))).toEqual(
      Array.from({ length: next - 1 }, (_, n) => n + 1),
    );
  }
}

/** Writes until the socket breaks or enough is sent; waits for the kernel to take each piece. */
async function flood(socket: Socket, piece: Buffer, maxBytes: number): Promise<void> {
  for (let sent = 0; sent < maxBytes && !socket.destroyed; sent += piece.length) {
    await new Promise<void>((resolve) => {
      socket.once('close', resolve);
      socket.write(piece, () => {
        socket.off('close', resolve);
        resolve();
      });
    });
  }
}

test('P6: a device that stops reading its answers is closed as a slow consumer, and changes nothing for the others', async () => {
  const id = freshId('deaf');
  const socket = connect({ port: stage.gateway.port('mqtt'), host: '127.0.0.1' });
  socket.on('error', () => undefined);
  socket.write(bytesOf(connectPacket(id, 5)));
  await untilEvents(stage.redis.client, id, 1);
  socket.pause();
  const pings = Buffer.alloc(65_536, bytesOf({ cmd: 'pingreq' }));
  let isFlooding = true;
  const flooding = flood(socket, pings, 64 * 1024 * 1024).finally(() => (isFlooding = false));
  while (isFlooding) {
    await othersAreServed(5);
    expect(await stage.gateway.metric('tributary_outbox_bytes')).toBeLessThan(maxOutboxBytes * 2);
  }
  await flooding;
  const events = await untilEvents(stage.redis.client, id, 2);
  expect(events[1]?.fields).toMatchObject({ type: 'disconnected', reason: 'slow-consumer', by: 'gateway' });
  await othersAreServed(5);
  await othersAreStored();
  socket.destroy();
});

test('a device that sends a byte at a time is served in the end, and changes nothing for the others', async () => {
  const id = freshId('slow');
  const slow = await open();
  await slow.connect(id);
  const bytes = bytesOf(publishPacket('slow/topic', 'a byte at a time', 1, 1));
  for (let at = 0; at < bytes.length; at++) {
    slow.send(bytes.subarray(at, at + 1));
    await othersAreServed(2);
  }
  await slow.take('puback');
  expect((await uplinkOf(stage.redis.client, id))[0]?.payload.toString()).toBe('a byte at a time');
  await othersAreStored();
  await slow.leave();
});

test.each([4, 5] as const)(
  'a device that exceeds its window in one write loses nothing, protocol level %i',
  async (version) => {
    const id = freshId('eager');
    const device = await open(version);
    await device.connect(id);
    const packetIds = Array.from({ length: 1000 }, (_, n) => n + 1);
    device.send(
      ...packetIds.map((n) =>
        publishPacket('t', String(n), n % 2 === 0 ? 1 : 0, n % 2 === 0 ? n : undefined),
      ),
    );
    await othersAreServed(5);
    await until('all acknowledgements', () => device.packets.length === 501);
    const entries = await uplinkOf(stage.redis.client, id);
    expect(entries.map(({ payload }) => Number(payload.toString()))).toEqual(packetIds);
    await device.leave();
  },
);

test('while Redis hangs a device is read within its window only, and loses nothing', async () => {
  const id = freshId('windowed');
  const device = await open(4);
  await device.connect(id);
  const before = await stage.gateway.metric('tributary_messages_in_total');
  stage.redis.pause();
  const packetIds = Array.from({ length: 500 }, (_, n) => n + 1);
  device.send(...packetIds.map((n) => publishPacket('t', String(n), 1, n)));
  await until(
    'the device to be paused',
    async () => (await stage.gateway.metric('tributary_paused_connections')) === 1,
  );
  expect((await stage.gateway.metric('tributary_messages_in_total')) - before).toBe(64);
  stage.redis.resume();
  await until('all acknowledgements', () => device.packets.length === 501);
  const entries = await uplinkOf(stage.redis.client, id);
  const seqs = [...new Set(entries.map(({ seq }) => seq))];
  expect(seqs).toEqual(packetIds);
  expect(await stage.gateway.metric('tributary_paused_connections')).toBe(0);
  await othersAreServed(1);
  await device.leave();
});

test('a device that sends as fast as it can leaves the others their turn', async () => {
  const id = freshId('greedy');
  const greedy = await open(4);
  await greedy.connect(id);
  const total = 20_000;
  for (let n = 1; n <= total; n++) greedy.send(publishPacket('t', String(n), 1, n));
  const count = (): number => greedy.packets.length - 1;
  while (count() < total) await othersAreServed(3);
  await othersAreStored();
  const entries = await uplinkOf(stage.redis.client, id);
  expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: total }, (_, n) => n + 1));
  await greedy.leave();
});
