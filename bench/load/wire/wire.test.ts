import * as mqttPacket from 'mqtt-packet';
import { expect, test } from 'vitest';
import { Slab } from '../slab.ts';
import type { ConnectFacts } from './mqtt.ts';
import { MqttSpeech } from './mqtt-speech.ts';
import { PlainSpeech } from './plain-speech.ts';
import type { Listener } from './speech.ts';
import { clientFrame, frameHeadroom, opcodes, sealFrame, upgradeRequest } from './websocket.ts';

const facts: ConnectFacts = {
  version: 5,
  clientId: 'pump-1',
  keepAliveSeconds: 60,
  cleanStart: true,
  expirySeconds: 0,
};

/** A listener that writes down what it hears. */
function ear(): { heard: string[]; replies: Buffer[]; listener: Listener } {
  const heard: string[] = [];
  const replies: Buffer[] = [];
  const listener: Listener = {
    reply: (bytes) => replies.push(bytes),
    greeted: ({ sessionPresent, window }) => heard.push(`greeted ${sessionPresent} ${window}`),
    refused: (reason) => heard.push(`refused ${reason}`),
    acked: (id) => heard.push(`acked ${id}`),
    rejected: (id, reason) => heard.push(`rejected ${id} ${reason}`),
    received: (id) => heard.push(`received ${id}`),
    message: (isDup, bytes, from, to) =>
      heard.push(`message ${bytes.toString('latin1', from, to)}${isDup ? ' again' : ''}`),
    granted: (isGranted) => heard.push(`granted ${isGranted}`),
    ponged: () => heard.push('pong'),
    goodbye: (reason) => heard.push(`goodbye ${reason}`),
  };
  return { heard, replies, listener };
}

const make = (packet: mqttPacket.Packet): Buffer => mqttPacket.generate(packet, { protocolVersion: 5 });

const said = Buffer.concat([
  make({
    cmd: 'connack',
    reasonCode: 0,
    sessionPresent: true,
    properties: {
      assignedClientIdentifier: 'x',
      userProperties: { a: 'b' },
      serverKeepAlive: 30,
      receiveMaximum: 17,
    },
  }),
  make({ cmd: 'puback', messageId: 7 }),
  make({ cmd: 'puback', messageId: 8, reasonCode: 0x97, properties: { reasonString: 'full' } }),
  make({ cmd: 'pubrec', messageId: 300 }),
  make({ cmd: 'pubcomp', messageId: 300 }),
  make({ cmd: 'suback', messageId: 1, granted: [1], properties: { reasonString: 'yes' } }),
  make({ cmd: 'suback', messageId: 1, granted: [0x87] }),
  make({ cmd: 'pingresp' }),
  make({
    cmd: 'publish',
    topic: 't',
    payload: 'x'.repeat(300),
    properties: { contentType: 'c'.repeat(200) },
    qos: 1,
    messageId: 5,
    dup: true,
    retain: false,
  }),
  make({ cmd: 'disconnect', reasonCode: 0x8e }),
]);
const expected = [
  'greeted true 17',
  ...['acked 7', 'rejected 8 0x97', 'received 300', 'acked 300', 'granted true', 'granted false', 'pong'],
  ...[`message ${'x'.repeat(300)} again`, 'goodbye disconnect-0x8e'],
];

test('MQTT is understood however its bytes are split', () => {
  for (let at = 1; at < said.length; at++) {
    const { heard, replies, listener } = ear();
    const speech = new MqttSpeech(facts, 1, new Slab(), listener);
    speech.feed(said, 0, at);
    speech.feed(said, at, said.length);
    expect(heard).toEqual(expected);
    expect(Buffer.concat(replies).toString('hex')).toBe('40020005'); // PUBACK of the message
  }
});

function serverFrame(first: number, payload: Buffer): Buffer {
  const head =
    payload.length < 126 ? [first, payload.length] : [first, 126, payload.length >> 8, payload.length & 0xff];
  return Buffer.concat([Buffer.from(head), payload]);
}

test('MQTT over WebSocket is understood byte by byte, with packets across frames and a ping between', () => {
  const upgrade = upgradeRequest('127.0.0.1', 1883, '/mqtt', 'mqtt');
  const { heard, replies, listener } = ear();
  const speech = new MqttSpeech(facts, 1, new Slab(), listener, upgrade);
  const stream = Buffer.concat([
    Buffer.from(`HTTP/1.1 101 Switching Protocols\r\nsec-websocket-accept: ${upgrade.accept}\r\n\r\n`),
    serverFrame(0x82, said.subarray(0, 9)),
    serverFrame(0x89, Buffer.from('hi')),
    serverFrame(0x82, said.subarray(9)),
    serverFrame(0x88, Buffer.from([0x03, 0xf4])),
  ]);
  for (let at = 0; at < stream.length; at++) speech.feed(stream, at, at + 1);
  expect(heard).toEqual([...expected, 'goodbye ws-1012']);
  expect(replies).toHaveLength(3); // CONNECT, pong, PUBACK
});

test('an upgrade that is refused or answered wrongly is told', () => {
  for (const [answer, reason] of [
    ['HTTP/1.1 503 Service Unavailable\r\n\r\n', 'refused http-503'],
    ['HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\n\r\n', 'refused http-wrong-accept'],
  ] as const) {
    const { heard, listener } = ear();
    const upgrade = upgradeRequest('127.0.0.1', 1, '/mqtt', 'mqtt');
    const bytes = Buffer.from(answer);
    new MqttSpeech(facts, 1, new Slab(), listener, upgrade).feed(bytes, 0, bytes.length);
    expect(heard).toEqual([reason]);
  }
});

test.each([0, 1, 3, 125, 126, 127, 65_535, 65_536])(
  'a frame around %i bytes is masked and reads back',
  (length) => {
    const payload = Buffer.from(Array.from({ length }, (_, i) => i & 0xff));
    const bytes = clientFrame(opcodes.binary, payload);
    const headroom = frameHeadroom(length);
    expect(bytes).toHaveLength(headroom + length);
    expect(bytes[1]! & 0x80).toBe(0x80);
    const key = bytes.subarray(headroom - 4, headroom);
    expect(key.equals(Buffer.alloc(4))).toBe(false);
    expect(bytes.subarray(headroom).map((byte, i) => byte ^ key[i & 3]!)).toEqual(payload);
    const other = Buffer.concat([Buffer.alloc(headroom), payload]);
    sealFrame(other, headroom, opcodes.binary);
    expect(other.subarray(headroom - 4, headroom)).not.toEqual(key);
  },
);

test.each([4, 5] as const)('PUBLISH and CONNECT of MQTT level %i are what mqtt-packet reads', (version) => {
  const read: mqttPacket.Packet[] = [];
  const parser = mqttPacket.parser({ protocolVersion: version });
  parser.on('packet', (packet) => read.push(packet));
  const speech = new MqttSpeech(
    { ...facts, version, expirySeconds: 600, user: 'u', password: 'p', cleanStart: false },
    2,
    new Slab(),
    ear().listener,
  );
  const payload = Buffer.alloc(20_000, 'x');
  parser.parse(speech.opening());
  parser.parse(speech.publish({ topic: Buffer.from('a/b'), payload, packetId: 777, dup: true }));
  expect(read[0]).toMatchObject({
    cmd: 'connect',
    clientId: 'pump-1',
    keepalive: 60,
    clean: false,
    username: 'u',
  });
  expect(read[1]).toMatchObject({ cmd: 'publish', topic: 'a/b', messageId: 777, dup: true, qos: 2, payload });
});

test('tributary.v1 is spoken and understood', () => {
  const upgrade = upgradeRequest('127.0.0.1', 1, '/ws', 'tributary.v1');
  const { heard, replies, listener } = ear();
  const speech = new PlainSpeech(facts, 1, listener, upgrade);
  const frames = [
    { type: 'welcome', version: 1, sessionPresent: false, window: 64 },
    { type: 'ack', id: 3 },
    { type: 'error', id: 4, code: 'topic-name-invalid' },
    { type: 'message', id: 9, topic: 't', payload: 'x' },
    { type: 'pong' },
    { type: 'bye', reason: 'drained' },
  ];
  const stream = Buffer.concat([
    Buffer.from(`HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: ${upgrade.accept}\r\n\r\n`),
    ...frames.map((frame) => serverFrame(0x81, Buffer.from(JSON.stringify(frame)))),
  ]);
  speech.feed(stream, 0, stream.length);
  expect(heard).toEqual([
    'greeted false 64',
    'acked 3',
    'rejected 4 topic-name-invalid',
    'message x',
    'pong',
    'goodbye bye-drained',
  ]);
  expect(replies).toHaveLength(2); // hello, ack
});
