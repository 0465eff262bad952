import type { Slab } from '../slab.ts';

/** What a CONNECT of the generator says. */
export interface ConnectFacts {
  version: 4 | 5;
  clientId: string;
  keepAliveSeconds: number;
  cleanStart: boolean;
  expirySeconds: number;
  tags?: Readonly<Record<string, string>> | undefined;
  user?: string | undefined;
  password?: string | undefined;
}

/** Receives the packets that `readPackets` finds. */
export interface PacketSink {
  /** @param header the first byte; the body is `bytes[from, to)`, valid during the call. */
  packet(header: number, bytes: Buffer, from: number, to: number): void;
}

export const pingreqBytes = Buffer.from([0xc0, 0]);
export const disconnectBytes = Buffer.from([0xe0, 0]);

/** CONNECT (3.1.1 and 5, section 3.1). */
export function connectPacket(facts: ConnectFacts): Buffer {
  const flags =
    (facts.cleanStart ? 0x02 : 0) |
    (facts.user === undefined ? 0 : 0x80) |
    (facts.password === undefined ? 0 : 0x40);
  const parts = [text('MQTT'), Buffer.from([facts.version, flags, ...u16(facts.keepAliveSeconds)])];
  if (facts.version === 5) parts.push(connectProperties(facts));
  parts.push(text(facts.clientId));
  if (facts.user !== undefined) parts.push(text(facts.user));
  if (facts.password !== undefined) parts.push(text(facts.password));
  return packet(0x10, Buffer.concat(parts));
}

// With their length in front (MQTT 5 section 3.1.2.11).
function connectProperties({ expirySeconds, tags = {} }: ConnectFacts): Buffer {
  const parts: Buffer[] = [];
  if (expirySeconds > 0) {
    const expiry = Buffer.alloc(5);
    expiry[0] = 0x11; // Session Expiry Interval
    expiry.writeUInt32BE(expirySeconds, 1);
    parts.push(expiry);
  }
  for (const [name, value] of Object.entries(tags)) {
    parts.push(Buffer.from([0x26]), text(`tag.${name}`), text(value)); // User Property
  }
  const properties = Buffer.concat(parts);
  const length = Buffer.alloc(varintSize(properties.length));
  writeVarint(length, 0, properties.length);
  return Buffer.concat([length, properties]);
}

/** SUBSCRIBE to one filter (section 3.8). */
export function subscribePacket(version: 4 | 5, packetId: number, filter: string, qos: 0 | 1 | 2): Buffer {
  const properties = version === 5 ? [0] : [];
  return packet(
    0x82,
    Buffer.concat([Buffer.from([...u16(packetId), ...properties]), text(filter), Buffer.from([qos])]),
  );
}

/** PUBACK, PUBREC, PUBREL, PUBCOMP without reason code: four bytes in both versions. */
export function ackPacket(header: 0x40 | 0x50 | 0x62 | 0x70, packetId: number): Buffer {
  return Buffer.from([header, 2, ...u16(packetId)]);
}

/** A PUBLISH to be: everything but where it lies in memory. */
export interface OutgoingPublish {
  version: 4 | 5;
  topic: Buffer;
  payload: Buffer;
  qos: 0 | 1 | 2;
  dup: boolean;
  packetId: number;
}

/** PUBLISH, cut from the slab with `headroom` bytes left free before it for a frame header. */
export function publishPacket(
  out: OutgoingPublish,
  slab: Slab,
  headroomFor: (bytes: number) => number,
): Buffer {
  const body =
    2 + out.topic.length + (out.qos > 0 ? 2 : 0) + (out.version === 5 ? 1 : 0) + out.payload.length;
  const size = 1 + varintSize(body) + body;
  const headroom = headroomFor(size);
  const bytes = slab.take(headroom + size);
  let at = headroom;
  bytes[at++] = 0x30 | (out.dup ? 8 : 0) | (out.qos << 1);
  at = writeVarint(bytes, at, body);
  bytes[at++] = out.topic.length >> 8;
  bytes[at++] = out.topic.length & 0xff;
  bytes.set(out.topic, at);
  at += out.topic.length;
  if (out.qos > 0) {
    bytes[at++] = out.packetId >> 8;
    bytes[at++] = out.packetId & 0xff;
  }
  if (out.version === 5) bytes[at++] = 0;
  bytes.set(out.payload, at);
  return bytes;
}

/**
 * Hands every whole packet in `bytes[from, to)` to the sink.
 *
 * @returns where the first unfinished packet begins.
 * @throws Error when a length is no variable byte integer.
 */
export function readPackets(bytes: Buffer, from: number, to: number, sink: PacketSink): number {
  let at = from;
  while (to - at >= 2) {
    let length = 0;
    let size = 1;
    for (;;) {
      if (size > 4) throw new Error('the server sent a packet length of more than four bytes');
      if (at + size >= to) return at;
      const byte = bytes[at + size]!;
      length |= (byte & 0x7f) << (7 * (size - 1));
      size++;
      if (byte < 0x80) break;
    }
    const end = at + size + length;
    if (end > to) return at;
    sink.packet(bytes[at]!, bytes, at + size, end);
    at = end;
  }
  return at;
}

function packet(header: number, body: Buffer): Buffer {
  const head = Buffer.alloc(1 + varintSize(body.length));
  head[0] = header;
  writeVarint(head, 1, body.length);
  return Buffer.concat([head, body]);
}

const u16 = (value: number): [number, number] => [value >> 8, value & 0xff];

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from(u16(bytes.length)), bytes]);
}

function varintSize(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4;
}

function writeVarint(bytes: Buffer, at: number, value: number): number {
  let rest = value;
  while (rest >= 0x80) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}
