import * as mqttPacket from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import { decode } from './decoder.ts';
import { encodePublish, type OutgoingPublish } from './encode-publish.ts';
import type { OutgoingProperties } from './outgoing-properties.ts';
import { wire } from './vectors/notation.ts';
import { type ExpectedPublish, validVectors, vectorLimits } from './vectors.ts';

const message = (differs: Partial<OutgoingPublish> = {}): OutgoingPublish => ({
  topic: 't',
  payload: Buffer.from('hi'),
  qos: 0,
  dup: false,
  retain: false,
  packetId: 0,
  ...differs,
});

const properties: [string, OutgoingProperties, mqttPacket.IPublishPacket['properties']][] = [
  ['payload format 0', { payloadFormat: 0 }, { payloadFormatIndicator: false }],
  ['payload format 1', { payloadFormat: 1 }, { payloadFormatIndicator: true }],
  ['message expiry 0', { messageExpiry: 0 }, { messageExpiryInterval: 0 }],
  ['message expiry', { messageExpiry: 4_294_967_295 }, { messageExpiryInterval: 4_294_967_295 }],
  ['content type', { contentType: 'text/ä' }, { contentType: 'text/ä' }],
  ['an empty content type', { contentType: '' }, { contentType: '' }],
  ['response topic', { responseTopic: 'a/设' }, { responseTopic: 'a/设' }],
  ['correlation data', { correlationData: wire('00ff80') }, { correlationData: wire('00ff80') }],
  ['one identifier', { identifiers: [1] }, { subscriptionIdentifier: 1 }],
  ['an identifier of four bytes', { identifiers: [268_435_455] }, { subscriptionIdentifier: 268_435_455 }],
  [
    'several identifiers [MQTT-3.3.4-3]',
    { identifiers: [127, 128, 16_384, 2_097_152] },
    { subscriptionIdentifier: [127, 128, 16_384, 2_097_152] as unknown as number },
  ],
  ['topic alias', { topicAlias: 65_535 }, { topicAlias: 65_535 }],
  ['a user property', { user: [['k', 'ä']] }, { userProperties: { k: 'ä' } }],
  [
    'user properties whose name repeats',
    { user: [['k', 'v'], ['k', ''], ['', 'w']] }, // prettier-ignore
    { userProperties: { 'k': ['v', ''], '': 'w' } },
  ],
  [
    'every property',
    {
      payloadFormat: 1,
      messageExpiry: 60,
      contentType: 'c',
      responseTopic: 'r',
      correlationData: wire('01'),
      identifiers: [5],
      topicAlias: 2,
      user: [['k', 'x'.repeat(300)]],
    },
    {
      payloadFormatIndicator: true,
      messageExpiryInterval: 60,
      contentType: 'c',
      responseTopic: 'r',
      correlationData: wire('01'),
      subscriptionIdentifier: 5,
      topicAlias: 2,
      userProperties: { k: 'x'.repeat(300) },
    },
  ],
];

function readByPeer(bytes: Buffer, version: 4 | 5): mqttPacket.IPublishPacket {
  const parser = mqttPacket.parser({ protocolVersion: version });
  const packets: mqttPacket.Packet[] = [];
  parser.on('packet', (packet) => packets.push(packet));
  parser.on('error', (error: Error) => expect.fail(error.message));
  const left = parser.parse(bytes);
  expect([packets.length, left]).toEqual([1, 0]);
  return packets[0] as mqttPacket.IPublishPacket;
}

/** Packet properties without the lack of a prototype that user properties have. */
const plain = (read: mqttPacket.IPublishPacket): unknown => {
  const { userProperties, ...others } = read.properties ?? {};
  return userProperties === undefined ? others : { ...others, userProperties: { ...userProperties } };
};

function writtenByPeer(fields: OutgoingPublish, version: 4 | 5, peerProperties?: object): Buffer {
  const { topic, payload, qos, dup, retain, packetId } = fields;
  return mqttPacket.generate(
    {
      ...{ cmd: 'publish', topic: topic.toString(), payload, qos, dup, retain },
      ...(qos > 0 ? { messageId: packetId } : {}),
      ...(peerProperties === undefined ? {} : { properties: peerProperties }),
    } as mqttPacket.IPublishPacket,
    { protocolVersion: version },
  );
}

const titled = validVectors.map((vector) => ({
  ...vector,
  title: `${vector.name} (${vector.version === 5 ? '5' : '3.1.1'})`,
}));
const rows = titled.filter(({ packet, hasOtherForm }) => packet.type === 'publish' && !hasOtherForm);

test.each(rows)('has the bytes of the table: $title', ({ bytes, version, packet }) => {
  expect(encodePublish(packet as ExpectedPublish, version)).toEqual(bytes);
});

describe.each([4, 5] as const)('at level %i', (version) => {
  const flags: Partial<OutgoingPublish>[] = [
    { qos: 0 },
    { qos: 0, retain: true },
    { qos: 1, packetId: 1 },
    { qos: 1, packetId: 65_535, dup: true },
    { qos: 2, packetId: 256, retain: true },
    { qos: 2, packetId: 255, dup: true, retain: true },
  ];
  test.each(flags)('has the bytes mqtt-packet writes: %j', (differs) => {
    const fields = message(differs);
    expect(encodePublish(fields, version)).toEqual(writtenByPeer(fields, version));
  });

  test.each(['', 'a', 'ä/设备/🌡', 'x'.repeat(65_535)])(
    'a topic is written alike as text and as bytes',
    (topic) => {
      const properties = topic === '' ? { topicAlias: 1 } : undefined;
      const asText = encodePublish(message({ topic, properties }), version);
      expect(encodePublish(message({ topic: Buffer.from(topic), properties }), version)).toEqual(asText);
    },
  );

  test.each([127, 128, 16_383, 16_384, 2_097_151, 2_097_152])(
    'a Remaining Length of %i is read as it was written',
    (remaining) => {
      const payload = Buffer.alloc(remaining - 5 - (version === 5 ? 1 : 0), 'x');
      const bytes = encodePublish(message({ payload, qos: 1, packetId: 9 }), version);
      const lengthBytes = remaining < 128 ? 1 : remaining < 16_384 ? 2 : remaining < 2_097_152 ? 3 : 4;
      expect(bytes.length).toBe(1 + lengthBytes + remaining);
      expect(readByPeer(bytes, version).payload.length).toBe(payload.length);
      const read = decode(bytes, 0, bytes.length, version, { ...vectorLimits, maxPacketBytes: bytes.length });
      expect(read).toMatchObject({ end: bytes.length, packetId: 9, payloadEnd: bytes.length });
    },
  );
});

describe.each(properties)('with %s', (_, ours, peers) => {
  const fields = message({ qos: 1, packetId: 7, properties: ours });

  test('mqtt-packet reads what was meant, in as many bytes as it writes itself', () => {
    const bytes = encodePublish(fields, 5);
    const read = readByPeer(bytes, 5);
    expect(plain(read)).toEqual(peers);
    expect([read.topic, read.messageId, Buffer.from(read.payload)]).toEqual(['t', 7, fields.payload]);
    expect(bytes.length).toBe(writtenByPeer(fields, 5, peers).length);
  });

  test('on 3.1.1 they are left out', () => {
    expect(encodePublish(fields, 4)).toEqual(writtenByPeer(fields, 4));
  });
});

test.each(properties.filter(([, ours]) => ours.identifiers === undefined))(
  'we read what we wrote with %s',
  (_, ours) => {
    const bytes = encodePublish(message({ qos: 1, packetId: 7, properties: ours }), 5);
    expect(decode(bytes, 0, bytes.length, 5, vectorLimits)).toMatchObject({ properties: ours, packetId: 7 });
  },
);

test.each([126, 127, 128, 16_383, 16_384])(
  'a property length of about %i is read as it was written',
  (length) => {
    const user: [string, string][] = [['k', 'v'.repeat(length - 6)]];
    const bytes = encodePublish(message({ properties: { user } }), 5);
    expect(decode(bytes, 0, bytes.length, 5, vectorLimits)).toMatchObject({
      end: bytes.length,
      properties: { user },
    });
  },
);

test('DUP is never set at QoS 0 [MQTT-3.3.1-2]', () => {
  expect(encodePublish(message({ dup: true }), 4)).toEqual(wire('30 05 0001 "t" "hi"'));
});

test('empty properties are an empty property length', () => {
  expect(encodePublish(message({ properties: {} }), 5)).toEqual(wire('30 06 0001 "t" 00 "hi"'));
  expect(encodePublish(message({ properties: { user: [], identifiers: [] } }), 5)).toEqual(
    wire('30 06 0001 "t" 00 "hi"'),
  );
});

test.each<[string, Partial<OutgoingPublish>]>([
  ['topic', { topic: 'x'.repeat(65_536) }],
  ['topic of bytes', { topic: Buffer.alloc(65_536, 'x') }],
  ['content type', { properties: { contentType: 'ä'.repeat(32_768) } }],
  ['correlation data', { properties: { correlationData: Buffer.alloc(65_536) } }],
  ['name of a user property', { properties: { user: [['x'.repeat(65_536), '']] } }],
  ['value of a user property', { properties: { user: [['', 'x'.repeat(65_536)]] } }],
])('a %s that two bytes cannot measure is an error', (_, differs) => {
  expect(() => encodePublish(message(differs), 5)).toThrow('text of 65536 bytes');
});

test('a packet that its header cannot measure is an error', () => {
  const payload = Buffer.allocUnsafe(268_435_453);
  expect(() => encodePublish(message({ payload }), 4)).toThrow(RangeError);
});
