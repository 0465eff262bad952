import * as mqttPacket from 'mqtt-packet';
import { expect, test } from 'vitest';
import { encodeAck, type Problem } from './acks.ts';
import { decode } from './decoder.ts';
import { PacketType } from './packet-type.ts';
import { wire } from './vectors/notation.ts';
import { vectorLimits } from './vectors.ts';

const { PUBACK, PUBREC, PUBREL, PUBCOMP } = PacketType;

function readByPeer(bytes: Buffer): mqttPacket.IPubackPacket {
  const parser = mqttPacket.parser({ protocolVersion: 5 });
  const packets: mqttPacket.Packet[] = [];
  parser.on('packet', (packet) => packets.push(packet));
  expect([parser.parse(bytes), packets.length]).toEqual([0, 1]);
  return packets[0] as mqttPacket.IPubackPacket;
}

test('a problem stands behind its reason code, also behind success', () => {
  const no: Problem = { reasonString: 'no' };
  expect(encodeAck(PUBACK, 1, 0x97, 5, no)).toEqual(wire('40 09 0001 97 05 1f 0002 "no"'));
  expect(encodeAck(PUBREL, 258, 0x92, 5, no)).toEqual(wire('62 09 0102 92 05 1f 0002 "no"'));
  expect(encodeAck(PUBREC, 1, 0, 5, { user: [['k', 'ä']] })).toEqual(
    wire('50 0c 0001 00 08 26 0001 "k" 0002 "ä"'),
  );
});

const problems: [string, Problem][] = [
  ['a reason string', { reasonString: 'queue of püm-1 is full' }],
  ['an empty reason string', { reasonString: '' }],
  ['user properties', { user: [['k', 'v'], ['k', 'w'], ['', '']] }], // prettier-ignore
  ['both', { reasonString: 'no', user: [['queue', '100']] }],
  ['a property length of 127', { reasonString: 'x'.repeat(124) }],
  ['a property length of 128', { reasonString: 'x'.repeat(125) }],
  ['a packet of several thousand bytes', { reasonString: 'x'.repeat(9000), user: [['y', 'z'.repeat(9000)]] }],
];

test.each(problems)('%s is read by mqtt-packet and by us', (_, problem) => {
  for (const type of [PUBACK, PUBREC, PUBREL, PUBCOMP] as const) {
    const reasonCode = type === PUBACK || type === PUBREC ? 0x83 : 0x92;
    const bytes = encodeAck(type, 4660, reasonCode, 5, problem);
    const read = readByPeer(bytes);
    expect([read.messageId, read.reasonCode, read.properties?.reasonString]).toEqual([
      4660,
      reasonCode,
      problem.reasonString,
    ]);
    const values = Object.values({ ...read.properties?.userProperties }).flat();
    expect(values).toEqual(problem.user?.map(([, value]) => value) ?? []);
    const ours = decode(bytes, 0, bytes.length, 5, vectorLimits);
    expect(ours).toEqual({ type, end: bytes.length, packetId: 4660, reasonCode });
  }
});

test('without a problem, and on 3.1.1, it is left out', () => {
  expect(encodeAck(PUBACK, 1, 0x97, 5, {})).toEqual(wire('40 03 0001 97'));
  expect(encodeAck(PUBACK, 1, 0, 5, { user: [] })).toEqual(wire('40 02 0001'));
  expect(encodeAck(PUBACK, 1, 0x97, 4, { reasonString: 'no', user: [['a', 'b']] })).toEqual(
    wire('40 02 0001'),
  );
});

test('a text that two bytes cannot measure is an error', () => {
  expect(() => encodeAck(PUBACK, 1, 0x97, 5, { reasonString: 'x'.repeat(65_536) })).toThrow(RangeError);
});
