import * as mqttPacket from 'mqtt-packet';
import { expect, test } from 'vitest';
import { encodeAck, plainAckBytes, writePlainAck } from './acks.ts';
import { encodeControl } from './control.ts';
import { decode } from './decoder.ts';
import { PacketType } from './packet-type.ts';
import { type ExpectedPublish, type ValidVector, validVectors, vectorLimits } from './vectors.ts';
import type { ExpectedAck, ExpectedControl } from './vectors/vector.ts';

const ackTypes = {
  puback: PacketType.PUBACK,
  pubrec: PacketType.PUBREC,
  pubrel: PacketType.PUBREL,
  pubcomp: PacketType.PUBCOMP,
} as const;

type Row<T> = ValidVector & { packet: T; title: string };
const titled = validVectors.map((vector) => ({
  ...vector,
  title: `${vector.packet.type}: ${vector.name} (${vector.version === 5 ? '5' : '3.1.1'})`,
}));
const publishes = titled.filter(({ packet }) => packet.type === 'publish') as Row<ExpectedPublish>[];
const acks = titled.filter(({ packet }) => packet.type in ackTypes) as Row<ExpectedAck>[];
const controls = titled.filter(({ packet }) => 'fields' in packet) as Row<ExpectedControl>[];

/** What `mqtt-packet` reads. */
function readByPeer(bytes: Buffer, version: 4 | 5): mqttPacket.Packet {
  const parser = mqttPacket.parser({ protocolVersion: version });
  let packet: mqttPacket.Packet | undefined;
  parser.on('packet', (parsed) => (packet = parsed));
  parser.parse(bytes);
  if (packet === undefined) throw new Error('mqtt-packet read nothing');
  return packet;
}

/** Properties of a PUBLISH as `mqtt-packet` names them; user properties as a map of name to values. */
function inPeerWords(properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const names: Record<string, string> = {
    payloadFormat: 'payloadFormatIndicator',
    messageExpiry: 'messageExpiryInterval',
    user: 'userProperties',
  };
  const user = (pairs: [string, string][]): Record<string, string | string[]> => {
    const map: Record<string, string | string[]> = {};
    for (const [name, value] of pairs) map[name] = name in map ? [map[name]!, value].flat() : value;
    return map;
  };
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      names[name] ?? name,
      name === 'payloadFormat' ? value === 1 : name === 'user' ? user(value as [string, string][]) : value,
    ]),
  );
}

test.each(publishes)('a PUBLISH is to mqtt-packet what it is to us: $title', ({ bytes, version, packet }) => {
  const { qos, dup, retain, packetId, topic, payload, properties } = packet;
  const read = readByPeer(bytes, version) as mqttPacket.IPublishPacket;
  expect({ qos: read.qos, dup: read.dup, retain: read.retain, topic: read.topic }).toEqual({
    qos,
    dup,
    retain,
    topic,
  });
  // mqtt-packet gives an empty payload as undefined on some paths: its length is what counts.
  expect(Buffer.from(read.payload)).toEqual(payload);
  expect(read.messageId ?? 0).toBe(packetId);
  expect({ ...read.properties, ...userOf(read) }).toEqual(inPeerWords(properties ?? {}));
});

/** As a plain object, because it has no prototype. */
function userOf({ properties }: mqttPacket.IPublishPacket): object {
  const user = properties?.userProperties;
  return user === undefined ? {} : { userProperties: { ...user } };
}

test.each(acks)(
  'an acknowledgement is to mqtt-packet what it is to us: $title',
  ({ bytes, version, packet }) => {
    const read = readByPeer(bytes, version) as mqttPacket.IPubackPacket;
    expect({ type: read.cmd, packetId: read.messageId, reasonCode: read.reasonCode ?? 0 }).toEqual(packet);
  },
);

test.each(publishes)('a PUBLISH written by mqtt-packet reads the same: $title', ({ version, packet }) => {
  const { qos, dup, retain, packetId, topic, payload, properties } = packet;
  const written = mqttPacket.generate(
    {
      cmd: 'publish',
      qos,
      dup,
      retain,
      topic,
      payload,
      ...(qos > 0 ? { messageId: packetId } : {}),
      ...(properties === undefined ? {} : { properties: inPeerWords(properties) }),
    },
    { protocolVersion: version },
  );
  const read = decode(written, 0, written.length, version, vectorLimits);
  expect(read).toMatchObject({
    type: PacketType.PUBLISH,
    qos,
    dup,
    retain,
    packetId,
    ...(properties && { properties }),
  });
});

test.each(acks.filter((row) => !row.hasOtherForm || row.bytes.length === 5))(
  'an acknowledgement we write has the bytes of the table: $title',
  ({ bytes, version, packet }) => {
    const type = ackTypes[packet.type];
    const written = encodeAck(type, packet.packetId, packet.reasonCode, version);
    if (packet.reasonCode !== 0 || bytes.length === plainAckBytes) expect(written).toEqual(bytes);
    if (packet.reasonCode !== 0) return;
    const plain = Buffer.alloc(plainAckBytes + 2, 0xee);
    writePlainAck(plain, 1, type, packet.packetId);
    expect(plain).toEqual(Buffer.concat([Buffer.from([0xee]), written, Buffer.from([0xee])]));
  },
);

test('a reason code is left out on 3.1.1, which has none', () => {
  expect(encodeAck(PacketType.PUBCOMP, 7, 0x92, 4).toString('hex')).toBe('70020007');
  expect(encodeAck(PacketType.PUBCOMP, 7, 0x92, 5).toString('hex')).toBe('7003000792');
});

test.each(controls.filter((row) => !row.hasOtherForm))(
  'survives being read and written again: $title',
  (row) => {
    const { bytes, version, packet } = row;
    const read = decode(bytes, 0, bytes.length, version, vectorLimits);
    const fields = read !== undefined && 'fields' in read ? read.fields : { cmd: 'pingreq' as const };
    expect(encodeControl(fields, packet.version ?? version)).toEqual(bytes);
  },
);
