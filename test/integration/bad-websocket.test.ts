import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { PlainDevice } from '../support/plain.ts';
import { bytesOf, connectPacket, publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { RawWebSocket, webSocketFrame } from '../support/raw-websocket.ts';
import { freshId, useStage } from '../support/stage.ts';
import { untilEvents, untilUplink, uplinkOf } from '../support/streams.ts';
import { until } from '../support/until.ts';

const stage = useStage({ config: { limits: { handshakeTimeoutMs: 2000 } } });

let bystander: PlainDevice;
let sent = 0;
beforeAll(async () => {
  bystander = await PlainDevice.hello(stage.gateway.wsUrl('/ws'), freshId('bystander'), { keepAlive: 0 });
});
afterEach(async () => {
  const id = ++sent;
  bystander.send({ type: 'publish', id, topic: 'still/here', payload: 'x' });
  await bystander.take('ack', (frame) => frame['id'] === id);
});
afterAll(() => bystander.leave());

const disconnects = (reason: string): Promise<number> =>
  stage.gateway.metric('tributary_disconnects_total', { reason });

test.each([
  ['no JSON', '{"type":', ['malformed'], [1002, 1007]],
  ['an empty frame', '', ['malformed'], [1002, 1007]],
  ['JSON that is no object', '[1]', ['malformed'], [1002, 1007]],
  ['null', 'null', ['malformed'], [1002, 1007]],
  ['an unknown type', '{"type":"shout"}', ['protocol-error', 'malformed'], [1002]],
  ['the name of a method of every object', '{"type":"constructor"}', ['protocol-error', 'malformed'], [1002]],
  ['an unknown field', '{"type":"ping","extra":1}', ['protocol-error'], [1002]],
  ['a second hello', '{"type":"hello","clientId":"again"}', ['protocol-error'], [1002]],
  ['a publish without a topic', '{"type":"publish","payload":"x"}', ['protocol-error'], [1002]],
  ['a publish without a payload', '{"type":"publish","topic":"t"}', ['protocol-error'], [1002]],
  ['an id of 0', '{"type":"publish","id":0,"topic":"t","payload":"x"}', ['protocol-error'], [1002]],
  [
    'an id above 2^53-1',
    '{"type":"publish","id":9007199254740992,"topic":"t","payload":"x"}',
    ['protocol-error'],
    [1002],
  ],
  [
    'an unknown encoding',
    '{"type":"publish","topic":"t","payload":"x","encoding":"hex"}',
    ['protocol-error'],
    [1002],
  ],
  [
    'base64 that is none',
    '{"type":"publish","topic":"t","payload":"%%","encoding":"base64"}',
    ['protocol-error'],
    [1002],
  ],
])('closes a plain device that sends %s', async (_, text, reasons, codes) => {
  const id = freshId('bad');
  const device = await PlainDevice.hello(stage.gateway.wsUrl('/ws'), id);
  device.sendText(text);
  const code = await device.end();
  expect(codes).toContain(code);
  const { reason, type } = device.frames.at(-1) ?? { type: '' };
  expect(type).toBe('bye');
  expect(reasons).toContain(reason);
  const [, disconnected] = await untilEvents(stage.redis.client, id, 2);
  expect(disconnected?.fields).toMatchObject({ type: 'disconnected', reason, by: 'gateway' });
});

test.each([
  ['a wildcard', 'a/#'],
  ['an empty topic', ''],
  ['a topic above its limit', 'x'.repeat(1025)],
  ['a topic of too many levels', '/'.repeat(32)],
])('answers a publish to %s with an error or the end, and stores nothing', async (_, topic) => {
  const id = freshId('bad');
  const device = await PlainDevice.hello(stage.gateway.wsUrl('/ws'), id);
  device.send({ type: 'publish', id: 4, topic, payload: 'x' });
  const answer = await until('an answer', () =>
    device.frames.find(({ type }) => type === 'error' || type === 'bye'),
  );
  expect(answer['code'] ?? answer['reason']).toBe('topic-name-invalid');
  if (answer.type === 'error') {
    expect(answer['id']).toBe(4);
    await device.leave();
  } else {
    expect(await device.end()).toBe(1008);
  }
  expect(await uplinkOf(stage.redis.client, id)).toEqual([]);
});

test('closes a plain device whose first frame is no hello', async () => {
  const device = await PlainDevice.open(stage.gateway.wsUrl('/ws'));
  device.send({ type: 'publish', topic: 't', payload: 'x' });
  expect(await device.end()).toBe(1002);
});

test('closes a plain device that never says hello with 4408', async () => {
  const device = await PlainDevice.open(stage.gateway.wsUrl('/ws'));
  expect(await device.end()).toBe(4408);
});

test('closes a plain device that sends a binary frame with 1003', async () => {
  const before = await disconnects('unsupported-data');
  const device = await PlainDevice.hello(stage.gateway.wsUrl('/ws'), freshId('bad'));
  device.socket.send(Buffer.from('{"type":"ping"}'));
  expect(await device.end()).toBe(1003);
  await until('it to be counted', async () => (await disconnects('unsupported-data')) === before + 1);
});

test('closes MQTT in text frames with 1003 [MQTT-6.0.0-1]', async () => {
  const raw = await RawWebSocket.upgrade(stage.gateway.port('ws'), '/mqtt', 'mqtt');
  raw.send(webSocketFrame(bytesOf(connectPacket(freshId(), 5)), { opcode: 1 }));
  expect(await raw.end()).toBe(1003);
});

test.each([
  ['a frame without a mask', webSocketFrame(Buffer.from('x'), { isMasked: false }), 1002],
  ['a reserved bit', webSocketFrame(Buffer.from('x'), { firstBits: 0xc0 }), 1002],
  ['a reserved opcode', webSocketFrame(Buffer.from('x'), { opcode: 3 }), 1002],
  ['a continuation of nothing', webSocketFrame(Buffer.from('x'), { opcode: 0 }), 1002],
  ['a fragmented ping', webSocketFrame(Buffer.from('x'), { opcode: 9, firstBits: 0 }), 1002],
  [
    'a frame of a petabyte, at its header',
    webSocketFrame(Buffer.from('x'), { declaredBytes: 1n << 50n }),
    1009,
  ],
  ['a frame of 16 MiB, at its header', webSocketFrame(Buffer.from('x'), { declaredBytes: 1n << 24n }), 1009],
])('closes a WebSocket that sends %s, before and after its greeting', async (_, frame, code) => {
  for (const path of ['/mqtt', '/ws'] as const) {
    for (const greet of [false, true]) {
      const raw = await RawWebSocket.upgrade(
        stage.gateway.port('ws'),
        path,
        path === '/ws' ? 'tributary.v1' : 'mqtt',
      );
      const id = freshId('frame');
      if (greet && path === '/mqtt') raw.send(webSocketFrame(bytesOf(connectPacket(id, 5))));
      if (greet && path === '/ws')
        raw.send(webSocketFrame(Buffer.from(`{"type":"hello","clientId":"${id}"}`), { opcode: 1 }));
      if (greet) await untilEvents(stage.redis.client, id, 1);
      raw.send(frame);
      expect(await raw.end(), `${path} ${greet ? 'after' : 'before'} the greeting`).toBe(code);
    }
  }
});

test('closes text that is no UTF-8 with 1007', async () => {
  const raw = await RawWebSocket.upgrade(stage.gateway.port('ws'), '/ws', 'tributary.v1');
  raw.send(webSocketFrame(Buffer.from([0x7b, 0xff, 0x7d]), { opcode: 1 }));
  expect(await raw.end()).toBe(1007);
});

test('reads packets that share frames, span frames and stand between control frames', async () => {
  const id = freshId('frames');
  const raw = await RawWebSocket.upgrade(stage.gateway.port('ws'), '/mqtt', 'mqtt');
  const bytes = Buffer.concat([
    bytesOf(connectPacket(id, 5)),
    ...[1, 2, 3, 4].map((n) => bytesOf(publishPacket('t', `message ${n}`, 1, n))),
    bytesOf({ cmd: 'disconnect', reasonCode: 0 }),
  ]);
  raw.send(
    webSocketFrame(bytes.subarray(0, 10), { firstBits: 0 }),
    webSocketFrame(Buffer.from('are you there'), { opcode: 9 }),
    webSocketFrame(bytes.subarray(10, 33), { opcode: 0 }),
    webSocketFrame(Buffer.alloc(0)),
    webSocketFrame(bytes.subarray(33)),
  );
  await raw.end();
  const entries = await untilUplink(stage.redis.client, id, 4);
  expect(entries.map(({ payload }) => payload.toString())).toEqual([1, 2, 3, 4].map((n) => `message ${n}`));
});

test.each(['tcp', 'ws'] as const)(
  'a packet above the maximum over %s is refused at its header',
  async (transport) => {
    const id = freshId('large');
    const device =
      transport === 'tcp'
        ? await RawMqtt.tcp(stage.gateway.port('mqtt'))
        : await RawMqtt.ws(stage.gateway.wsUrl('/mqtt'));
    await device.connect(id);
    device.send(Buffer.from('3081808001', 'hex'), Buffer.alloc(100));
    const { code, disconnect } = await device.end();
    expect(disconnect?.reasonCode).toBe(0x95);
    if (transport === 'ws') expect(code).toBe(1009);
  },
);
