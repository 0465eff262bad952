import { propertyIds } from './bytes.ts';

type PropertyName = keyof typeof propertyIds;

/** A PUBLISH as it stood on the wire, its properties in their order. */
export interface WirePublish {
  /** The low four bits of the first byte: DUP, QoS, QoS, RETAIN. */
  flags: number;
  topic: Buffer;
  packetId: number | undefined;
  /** Of MQTT 5: what they are called, and the bytes of their values. */
  properties: [name: PropertyName, value: Buffer][];
  payload: Buffer;
}

const namesById = new Map<number, PropertyName>(
  Object.entries(propertyIds).map(([name, id]) => [id, name as PropertyName]),
);

/** Steps through the bytes of a packet. */
class Cursor {
  at = 0;
  readonly bytes: Buffer;
  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
  take(count: number): Buffer {
    if (this.at + count > this.bytes.length) throw new Error(`cut short: ${this.bytes.toString('hex')}`);
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }
  u16(): number {
    return this.take(2).readUInt16BE();
  }
  varint(): number {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const digit = this.take(1).readUInt8();
      value += (digit & 0x7f) * scale;
      if (digit < 0x80) return value;
    }
  }
  rest(): Buffer {
    return this.take(this.bytes.length - this.at);
  }
}

function valueOf(name: PropertyName, cursor: Cursor): Buffer {
  const start = cursor.at;
  if (name === 'payloadFormat') cursor.take(1);
  else if (name === 'messageExpiry') cursor.take(4);
  else if (name === 'topicAlias') cursor.take(2);
  else if (name === 'subscriptionIdentifier') cursor.varint();
  else if (name === 'userProperty') {
    cursor.take(cursor.u16());
    cursor.take(cursor.u16());
  } else cursor.take(cursor.u16());
  return cursor.bytes.subarray(start, cursor.at);
}

function propertiesOf(bytes: Buffer): WirePublish['properties'] {
  const cursor = new Cursor(bytes);
  const properties: WirePublish['properties'] = [];
  while (cursor.at < bytes.length) {
    const id = cursor.take(1).readUInt8();
    const name = namesById.get(id);
    if (name === undefined) throw new Error(`property ${id} in ${bytes.toString('hex')}`);
    properties.push([name, valueOf(name, cursor)]);
  }
  return properties;
}

/** Reads the bytes of an MQTT 5 PUBLISH without any codec, because order and absence of properties matter. */
export function readPublish(raw: Buffer): WirePublish {
  const cursor = new Cursor(raw);
  const flags = cursor.take(1).readUInt8() & 0x0f;
  cursor.varint();
  const topic = cursor.take(cursor.u16());
  const packetId = (flags & 0x06) === 0 ? undefined : cursor.u16();
  const properties = propertiesOf(cursor.take(cursor.varint()));
  return { flags, topic, packetId, properties, payload: cursor.rest() };
}
