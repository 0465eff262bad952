import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { type ClientPacket, decode } from './decoder.ts';
import { PacketType } from './packet-type.ts';
import {
  type MalformedVector,
  malformedVectors,
  type ValidVector,
  validVectors,
  vectorLimits,
} from './vectors.ts';
import type { ExpectedPacket } from './vectors/vector.ts';

const typeNames = Object.fromEntries(
  Object.entries(PacketType).map(([name, type]) => [type, name.toLowerCase()]),
);

/** A packet in the form of the table. */
function described(packet: ClientPacket): Record<string, unknown> {
  const type = typeNames[packet.type];
  switch (packet.type) {
    case PacketType.PUBLISH: {
      const { qos, dup, retain, packetId, bytes, topicStart, topicEnd, payloadStart, payloadEnd } = packet;
      const topic = bytes.toString('utf8', topicStart, topicEnd);
      const payload = bytes.subarray(payloadStart, payloadEnd);
      const { properties } = packet;
      return { type, qos, dup, retain, packetId, topic, payload, ...(properties ? { properties } : {}) };
    }
    case PacketType.PUBACK:
    case PacketType.PUBREC:
    case PacketType.PUBREL:
    case PacketType.PUBCOMP:
      return { type, packetId: packet.packetId, reasonCode: packet.reasonCode };
    case PacketType.CONNECT:
      return { type, version: packet.version, fields: packet.fields, will: packet.will };
    case PacketType.PINGREQ:
      return { type, fields: {} };
    default:
      return { type, fields: packet.fields };
  }
}

function expectPacket(packet: ClientPacket | undefined, expected: ExpectedPacket): void {
  expect(packet).toBeDefined();
  const found = described(packet!);
  if ('fields' in expected) expect(found).toMatchObject(expected);
  else expect(found).toEqual(expected);
}

/** What decoding comes to: a packet, undefined, or the code of the refusal. Anything else thrown fails the test. */
function outcome(bytes: Buffer, at: number, end: number, version: 4 | 5): ClientPacket | string | undefined {
  try {
    return decode(bytes, at, end, version, vectorLimits);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return error.code;
  }
}

const title = ({ version, name }: ValidVector | MalformedVector): string =>
  `${name} (${version === 5 ? '5' : '3.1.1'})`;
const valid = validVectors.map((vector) => ({ ...vector, title: title(vector) }));
const malformed = malformedVectors.map((vector) => ({ ...vector, title: title(vector) }));

describe('a valid packet', () => {
  test.each(valid)('is read whole: $title', ({ bytes, version, packet }) => {
    const read = decode(bytes, 0, bytes.length, version, vectorLimits);
    expectPacket(read, packet);
    expect(read!.end).toBe(bytes.length);
  });

  test.each(valid)('is waited for until its last byte: $title', ({ bytes, version }) => {
    for (let end = 0; end < bytes.length; end++) {
      const read = decode(bytes, 0, end, version, vectorLimits);
      if (read !== undefined) expect.fail(`read after ${end} of ${bytes.length} bytes`);
    }
  });

  test.each(valid)(
    'is read at an offset, with bytes of others around it: $title',
    ({ bytes, version, packet }) => {
      const around = Buffer.concat([Buffer.alloc(7, 0xff), bytes, Buffer.alloc(5, 0xff)]);
      const read = decode(around, 7, around.length, version, vectorLimits);
      expectPacket(read, packet);
      expect(read!.end).toBe(7 + bytes.length);
    },
  );

  test.each([4, 5] as const)('is read behind others in one buffer (level %i)', (version) => {
    const vectors = valid.filter((vector) => vector.version === version);
    const all = Buffer.concat(vectors.map(({ bytes }) => bytes));
    let at = 0;
    for (const { packet } of vectors) {
      const read = decode(all, at, all.length, version, vectorLimits);
      expectPacket(read, packet);
      at = read!.end;
    }
    expect(at).toBe(all.length);
    expect(decode(all, at, all.length, version, vectorLimits)).toBeUndefined();
  });
});

describe('a malformed packet', () => {
  test.each(malformed)('is refused as $code: $title', ({ bytes, version, code }) => {
    expect(outcome(bytes, 0, bytes.length, version)).toBe(code);
  });

  test.each(malformed)('is refused as soon as it is known, and not before: $title', (vector) => {
    const { bytes, version, code, knownAfter } = vector;
    for (let end = 0; end <= bytes.length; end++) {
      const found = outcome(bytes, 0, end, version);
      const wanted = end < knownAfter ? undefined : code;
      if (found !== wanted) expect.fail(`${String(found)} after ${end} of ${bytes.length} bytes`);
    }
  });

  test.each(malformed)('is refused at an offset: $title', ({ bytes, version, code }) => {
    const around = Buffer.concat([Buffer.alloc(7, 0xff), bytes]);
    expect(outcome(around, 7, around.length, version)).toBe(code);
  });
});

test('a Remaining Length of four bytes is read when the limit allows it', () => {
  const body = Buffer.concat([Buffer.from([0, 1, 0x74]), Buffer.alloc(2_097_152 - 3)]);
  const bytes = Buffer.concat([Buffer.from([0x30, 0x80, 0x80, 0x80, 0x01]), body]);
  const limits = { ...vectorLimits, maxPacketBytes: bytes.length };
  const read = decode(bytes, 0, bytes.length, 4, limits);
  expect(read?.end).toBe(bytes.length);
  expect(() => decode(bytes, 0, 5, 4, { ...limits, maxPacketBytes: bytes.length - 1 })).toThrow('packet of');
});

test('what is read of a PUBLISH points into the bytes it came in', () => {
  const bytes = Buffer.from('3007000174' + '68656c6c', 'hex');
  const read = decode(bytes, 0, bytes.length, 4, vectorLimits);
  expect(read).toMatchObject({
    type: PacketType.PUBLISH,
    topicStart: 4,
    topicEnd: 5,
    payloadStart: 5,
    payloadEnd: 9,
  });
  expect((read as { bytes: Buffer }).bytes).toBe(bytes);
});

test('what is read of a will outlives the bytes it came in', () => {
  const vector = validVectors.find(({ name }) =>
    name.startsWith('MQTT 5 with a will that has every property'),
  )!;
  const bytes = Buffer.from(vector.bytes);
  const read = decode(bytes, 0, bytes.length, 4, vectorLimits);
  bytes.fill(0);
  expectPacket(read, vector.packet);
});
