import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { PlainDevice } from '../support/plain.ts';
import { freshId, useStage } from '../support/stage.ts';
import { keys, untilEvents, untilUplink, uplinkOf } from '../support/streams.ts';

const stage = useStage();
const hello = (id: string, more: Record<string, unknown> = {}): Promise<PlainDevice> =>
  PlainDevice.hello(stage.gateway.wsUrl('/ws'), id, more);

test('welcomes a device with what is in force, and writes that it connected', async () => {
  const id = freshId('plain');
  const device = await hello(id, { keepAlive: 30 });
  const [connected] = await untilEvents(stage.redis.client, id, 1);
  expect(device.welcome).toEqual({
    type: 'welcome',
    version: 1,
    clientId: id,
    epoch: connected?.epoch,
    sessionPresent: false,
    keepAlive: 30,
    window: 64,
    maxFrameBytes: 1_048_576,
  });
  expect(connected?.fields).toMatchObject({
    type: 'connected',
    protocol: 'tributary.v1',
    transport: 'ws',
    listener: 'ws',
    cleanStart: '1',
    sessionPresent: '0',
    keepAlive: '30',
  });
  await device.leave();
  expect(device.closeCode).toBe(1000);
  const [, disconnected] = await untilEvents(stage.redis.client, id, 2);
  expect(disconnected?.fields).toMatchObject({ type: 'disconnected', reason: 'normal', by: 'device' });
});

test('assigns a client id to a device without one', async () => {
  const device = await PlainDevice.open(stage.gateway.wsUrl('/ws'));
  device.send({ type: 'hello' });
  const { clientId } = await device.take('welcome');
  expect(clientId).toMatch(/.+/);
  device.send({ type: 'publish', id: 1, topic: 't', payload: 'x' });
  await device.take('ack');
  expect(await uplinkOf(stage.redis.client, String(clientId))).toHaveLength(1);
  await device.leave();
});

test('P1: an ack leaves only when the message is in the stream', async () => {
  const id = freshId('plain');
  const device = await hello(id);
  for (let n = 1; n <= 20; n++) {
    device.send({ type: 'publish', id: n, topic: 't', payload: String(n) });
    await device.take('ack', (frame) => frame['id'] === n);
    expect(await uplinkOf(stage.redis.client, id)).toHaveLength(n);
  }
  await device.leave();
});

test('acknowledges in order of arrival and keeps the order of messages with and without id', async () => {
  const id = freshId('plain');
  const device = await hello(id);
  const indexes = Array.from({ length: 300 }, (_, n) => n);
  for (const n of indexes) {
    device.send({
      type: 'publish',
      topic: 't',
      payload: String(n),
      ...(n % 3 === 0 ? {} : { id: 10_000 - n }),
    });
  }
  const entries = await untilUplink(stage.redis.client, id, 300);
  expect(entries.map(({ payload }) => Number(payload.toString()))).toEqual(indexes);
  expect(entries.map(({ qos }) => qos)).toEqual(indexes.map((n) => (n % 3 === 0 ? 0 : 1)));
  await device.take('ack', (frame) => frame['id'] === 10_000 - 299);
  const acks = device.frames.filter(({ type }) => type === 'ack').map((frame) => frame['id']);
  expect(acks).toEqual(indexes.filter((n) => n % 3 !== 0).map((n) => 10_000 - n));
  await device.leave();
});

test.each([
  ['text', { payload: 'größe 🚀' }, Buffer.from('größe 🚀')],
  ['empty text', { payload: '' }, Buffer.alloc(0)],
  ['an object', { payload: { t: 21.5, unit: '°C' } }, Buffer.from('{"t":21.5,"unit":"°C"}')],
  ['a number', { payload: 0 }, Buffer.from('0')],
  ['null', { payload: null }, Buffer.from('null')],
  ['an array', { payload: [1, 'b'] }, Buffer.from('[1,"b"]')],
  ['base64', { payload: 'AP8NCg==', encoding: 'base64' }, Buffer.from([0, 255, 13, 10])],
  ['900,000 bytes of text', { payload: 'x'.repeat(900_000) }, Buffer.alloc(900_000, 'x')],
])('stores a payload of %s as its bytes', async (_, part, bytes) => {
  const id = freshId('plain');
  const device = await hello(id);
  device.send({ type: 'publish', id: 1, topic: 'a/ü', ...part });
  await device.take('ack');
  const [entry] = await uplinkOf(stage.redis.client, id);
  expect(entry?.payload.equals(bytes)).toBe(true);
  expect(entry?.topic).toBe('a/ü');
  await device.leave();
});

test('carries content type and retain', async () => {
  const id = freshId('plain');
  const device = await hello(id);
  device.send({
    type: 'publish',
    id: 1,
    topic: 't',
    payload: {},
    contentType: 'application/json',
    retain: true,
  });
  await device.take('ack');
  expect((await uplinkOf(stage.redis.client, id))[0]?.fields).toMatchObject({
    ctype: 'application/json',
    retain: '1',
  });
  await device.leave();
});

test('answers ping with pong', async () => {
  const device = await hello(freshId('plain'));
  device.send({ type: 'ping' });
  await device.take('pong');
  await device.leave();
});

test('keeps a session whose expiry is above 0, and says so on return', async () => {
  const id = freshId('plain');
  await (await hello(id, { cleanStart: false, expiry: 300 })).leave();
  expect(await stage.redis.client.hget(keys.session(keys.partitionOf(id), id), 'expiry')).toBe('300');
  const back = await hello(id, { cleanStart: false, expiry: 0 });
  expect(back.welcome).toMatchObject({ sessionPresent: true });
  await back.leave();
  await untilEvents(stage.redis.client, id, 4);
  expect(await stage.redis.client.exists(keys.session(keys.partitionOf(id), id))).toBe(0);
});

test('reads what a device sends right behind its hello', async () => {
  const id = freshId('plain');
  const device = await PlainDevice.open(stage.gateway.wsUrl('/ws'));
  device.send({ type: 'hello', clientId: id });
  for (let n = 1; n <= 10; n++) device.send({ type: 'publish', id: n, topic: 't', payload: n });
  device.send({ type: 'bye' });
  await device.end();
  const entries = await untilUplink(stage.redis.client, id, 10);
  expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('a newer connection of the same client id closes the older one with 4409 and a word', async () => {
  const id = freshId('plain');
  const first = await hello(id);
  const second = await hello(id);
  expect(await first.end()).toBe(4409);
  expect(first.frames.at(-1)).toEqual({ type: 'bye', reason: 'superseded', retry: 'never' });
  second.send({ type: 'publish', id: 1, topic: 't', payload: 'x' });
  await second.take('ack');
  await second.leave();
});

test('closes with 4408 when nothing is heard for 1.5 keep-alives', async () => {
  const id = freshId('plain');
  const device = await hello(id, { keepAlive: 1 });
  expect(await device.end()).toBe(4408);
  expect(device.frames.at(-1)).toMatchObject({ type: 'bye', reason: 'keep-alive-timeout' });
  expect((await untilEvents(stage.redis.client, id, 2))[1]?.fields['reason']).toBe('keep-alive-timeout');
});

test.each([
  ['no subprotocol', '/ws', [], {}],
  ['the subprotocol of MQTT on the path of plain devices', '/ws', ['mqtt'], {}],
  ['an unknown path', '/elsewhere', ['tributary.v1'], {}],
  ['the Origin of a web page nobody allowed', '/ws', ['tributary.v1'], { Origin: 'https://evil.example' }],
])('refuses the upgrade with %s', async (_, path, subprotocols, headers) => {
  const socket = new WebSocket(`ws://127.0.0.1:${stage.gateway.port('ws')}${path}`, subprotocols, {
    headers,
  });
  const outcome = await new Promise<string>((resolve) => {
    socket.on('open', () => resolve('open'));
    socket.on('error', (error) => resolve(error.message));
  });
  socket.terminate();
  expect(outcome).toMatch(/Unexpected server response: 4\d\d|Server sent no subprotocol/);
});
