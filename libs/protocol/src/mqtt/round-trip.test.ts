import * as mqttPacket from 'mqtt-packet';
import { expect, test } from 'vitest';
import { randomNumbers } from '../testing/random-numbers.ts';
import { type AckType, encodeAck, type Problem } from './acks.ts';
import { decode } from './decoder.ts';
import { encodePublish, type OutgoingPublish } from './encode-publish.ts';
import type { OutgoingProperties } from './outgoing-properties.ts';
import { PacketType } from './packet-type.ts';
import type { Publish } from './publish.ts';

const rounds = 150;
const limits = { maxPacketBytes: 1_000_000, maxTopicBytes: 65_535, maxTopicLevels: 65_535 };
const lengths = [0, 1, 2, 10, 120, 125, 126, 127, 128, 129, 130, 300, 16_380, 16_384];
const characters = ['a', 'b', '/', '$', ' ', 'ä', '设', '🌡', '\ufeff'];

/** Values of the fields of a packet, each drawn anew. */
class Values {
  readonly random: (below: number) => number;

  constructor(seed: number) {
    this.random = randomNumbers(seed);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.random(values.length)]!;
  }
  /** UTF-8 of at most about as many bytes as one of `lengths`. */
  text(longest = 300): string {
    const length = Math.min(this.pick(lengths), longest);
    const start = Array.from({ length: Math.min(length, 8) }, () => this.pick(characters)).join('');
    return start + 'x'.repeat(Math.max(0, length - Buffer.byteLength(start)));
  }
  bytes(): Buffer {
    return Buffer.alloc(this.pick(lengths), this.random(256));
  }
  user(): [string, string][] {
    return Array.from({ length: this.random(4) }, () => [this.text(), this.text()]);
  }
  maybe<K extends string, V>(name: K, value: () => V): { [key in K]?: V } {
    return this.random(2) === 0 ? {} : ({ [name]: value() } as { [key in K]: V });
  }
  /** What a client may send too: no Subscription Identifiers, and a user property at least. */
  properties(): OutgoingProperties {
    const user = this.user();
    return {
      ...this.maybe('payloadFormat', () => this.pick([0, 1] as const)),
      ...this.maybe('messageExpiry', () => this.pick([0, 1, 65_536, 4_294_967_295])),
      ...this.maybe('contentType', () => this.text()),
      ...this.maybe('responseTopic', () => this.text()),
      ...this.maybe('correlationData', () => this.bytes()),
      ...this.maybe('topicAlias', () => 1 + this.random(65_535)),
      ...(user.length > 0 ? { user } : {}),
    };
  }
  publish(): OutgoingPublish {
    const qos = this.pick([0, 1, 2] as const);
    return {
      topic: `t${this.text(16_384)}`,
      payload: this.bytes(),
      qos,
      dup: qos > 0 && this.random(2) === 0,
      retain: this.random(2) === 0,
      packetId: qos === 0 ? 0 : 1 + this.random(65_535),
      ...this.maybe('properties', () => this.properties()),
    };
  }
}

/** The fields as `decode` has them. */
function fieldsOf(read: Publish): OutgoingPublish {
  const { qos, dup, retain, packetId, bytes, topicStart, topicEnd, payloadStart, payloadEnd, properties } =
    read;
  return {
    ...{ qos, dup, retain, packetId },
    topic: bytes.toString('utf8', topicStart, topicEnd),
    payload: bytes.subarray(payloadStart, payloadEnd),
    ...(properties === undefined || Object.keys(properties).length === 0 ? {} : { properties }),
  };
}

/** What is left of the fields on the wire: no empty properties, none on 3.1.1. */
function onWire({ properties, ...fields }: OutgoingPublish, version: 4 | 5): OutgoingPublish {
  const isSaid = version === 5 && properties !== undefined && Object.keys(properties).length > 0;
  return isSaid ? { ...fields, properties } : fields;
}

test.each([4, 5] as const)(
  'any PUBLISH is read as it was written, and only once it is whole (level %i)',
  (version) => {
    const values = new Values(20_260_202);
    for (let round = 0; round < rounds; round++) {
      const fields = values.publish();
      const bytes = encodePublish(fields, version);
      const read = decode(bytes, 0, bytes.length, version, limits) as Publish;
      expect(read.end).toBe(bytes.length);
      expect(fieldsOf(read)).toEqual(onWire(fields, version));
      for (let end = 0; end < bytes.length; end += end < 64 ? 1 : 997) {
        if (decode(bytes, 0, end, version, limits) !== undefined) expect.fail(`read after ${end} bytes`);
      }
      const peer = mqttPacket.parser({ protocolVersion: version });
      peer.on('packet', (packet) => expect(packet).toMatchObject({ cmd: 'publish', topic: fields.topic }));
      expect(peer.parse(bytes)).toBe(0);
    }
  },
);

test('any acknowledgement is read as it was written, and only once it is whole', () => {
  const values = new Values(20_260_203);
  const codes: Record<AckType, readonly number[]> = {
    [PacketType.PUBACK]: [0, 0x10, 0x97],
    [PacketType.PUBREC]: [0, 0x10, 0x97],
    [PacketType.PUBREL]: [0, 0x92],
    [PacketType.PUBCOMP]: [0, 0x92],
  };
  for (let round = 0; round < rounds; round++) {
    const type = values.pick(Object.keys(codes).map(Number)) as AckType;
    const packetId = 1 + values.random(65_535);
    const reasonCode = values.pick(codes[type]);
    const problem: Problem = {
      ...values.maybe('reasonString', () => values.text()),
      ...values.maybe('user', () => values.user()),
    };
    const bytes = encodeAck(type, packetId, reasonCode, 5, problem);
    expect(decode(bytes, 0, bytes.length, 5, limits)).toEqual({
      type,
      end: bytes.length,
      packetId,
      reasonCode,
    });
    for (let end = 0; end < bytes.length; end++) {
      if (decode(bytes, 0, end, 5, limits) !== undefined) expect.fail(`read after ${end} bytes`);
    }
  }
});
