/** Pieces a packet is put together from by hand, so that a test can also send what no library would. */

/** Upper four bits of the first byte, MQTT section 2.1.2. */
export const packetTypes = {
  reserved: 0,
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  suback: 9,
  unsubscribe: 10,
  unsuback: 11,
  pingreq: 12,
  pingresp: 13,
  disconnect: 14,
  auth: 15,
} as const;

export type PacketType = keyof typeof packetTypes;

/** Flag bits of the first byte that each type must carry; PUBLISH chooses its own. */
const usualFlags: Partial<Record<PacketType, number>> = { pubrel: 2, subscribe: 2, unsubscribe: 2 };

/** Identifiers of MQTT 5 properties, section 2.2.2.2. */
export const propertyIds = {
  payloadFormat: 0x01,
  messageExpiry: 0x02,
  contentType: 0x03,
  responseTopic: 0x08,
  correlationData: 0x09,
  subscriptionIdentifier: 0x0b,
  sessionExpiry: 0x11,
  assignedClientId: 0x12,
  serverKeepAlive: 0x13,
  authMethod: 0x15,
  authData: 0x16,
  requestProblemInformation: 0x17,
  willDelay: 0x18,
  requestResponseInformation: 0x19,
  responseInformation: 0x1a,
  serverReference: 0x1c,
  reasonString: 0x1f,
  receiveMaximum: 0x21,
  topicAliasMaximum: 0x22,
  topicAlias: 0x23,
  maximumQos: 0x24,
  retainAvailable: 0x25,
  userProperty: 0x26,
  maximumPacketSize: 0x27,
  wildcardAvailable: 0x28,
  subscriptionIdentifierAvailable: 0x29,
  sharedAvailable: 0x2a,
} as const;

export const byte = (...values: number[]): Buffer => Buffer.from(values);

/** Two Byte Integer. */
export const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);

/** Four Byte Integer. */
export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Variable Byte Integer; `bytes` pads it to more bytes than it needs, which is malformed. */
export function varint(value: number, bytes = 1): Buffer {
  const out: number[] = [];
  let rest = value;
  do {
    const digit = rest % 128;
    rest = Math.floor(rest / 128);
    out.push(rest > 0 || out.length + 1 < bytes ? digit | 0x80 : digit);
  } while (rest > 0 || out.length < bytes);
  return Buffer.from(out);
}

/** Binary Data: two bytes of length, then the bytes. */
export const binary = (data: Uint8Array): Buffer => Buffer.concat([u16(data.length), data]);

/** A UTF-8 string with its length; a Buffer is taken as it is, well-formed or not. */
export const text = (value: string | Buffer): Buffer =>
  binary(typeof value === 'string' ? Buffer.from(value) : value);

/** One property: its identifier and its value's bytes. */
export const property = (name: keyof typeof propertyIds, value: Buffer): Buffer =>
  Buffer.concat([byte(propertyIds[name]), value]);

/** A Property Length and the properties behind it. */
export const properties = (...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([varint(body.length), body]);
};

/** A whole packet: first byte, Remaining Length, and the parts of its body. `flags` replaces the usual ones. */
export function packet(type: PacketType, parts: readonly Uint8Array[], flags?: number): Buffer {
  const body = Buffer.concat(parts);
  const first = (packetTypes[type] << 4) | (flags ?? usualFlags[type] ?? 0);
  return Buffer.concat([byte(first), varint(body.length), body]);
}

export const pingreq = packet('pingreq', []);

/** What a CONNECT by hand may change; every part may be wrong on purpose. */
export interface ConnectParts {
  /** 4 is MQTT 3.1.1. */
  level?: number;
  protocolName?: string | Buffer;
  /** Connect Flags; default Clean Session / Clean Start alone. */
  flags?: number;
  keepAlive?: number;
  /** Properties of level 5, without their length; default none. */
  properties?: readonly Buffer[];
  clientId?: string | Buffer;
  /** What follows the client id: will, user name, password. */
  rest?: readonly Buffer[];
}

/** The bytes of a CONNECT. */
export function connectBytes(parts: ConnectParts = {}): Buffer {
  const { level = 4, protocolName = 'MQTT', flags = 0x02, keepAlive = 60, clientId = '', rest = [] } = parts;
  return packet('connect', [
    text(protocolName),
    byte(level, flags),
    u16(keepAlive),
    ...(level >= 5 ? [properties(...(parts.properties ?? []))] : []),
    text(clientId),
    ...rest,
  ]);
}

/** What a PUBLISH by hand may change. */
export interface PublishParts {
  topic?: string | Buffer;
  payload?: string | Buffer;
  /** 3 is not allowed, and therefore possible. */
  qos?: 0 | 1 | 2 | 3;
  dup?: boolean;
  retain?: boolean;
  packetId?: number;
  /** Properties of level 5, without their length; leave out on 3.1.1. */
  properties?: readonly Buffer[];
}

/** The bytes of a PUBLISH. The packet id stands there exactly when it is given. */
export function publishBytes(parts: PublishParts): Buffer {
  const { topic = 't', payload = '', qos = 0, dup = false, retain = false, packetId } = parts;
  return packet(
    'publish',
    [
      text(topic),
      ...(packetId === undefined ? [] : [u16(packetId)]),
      ...(parts.properties === undefined ? [] : [properties(...parts.properties)]),
      Buffer.from(payload),
    ],
    (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0),
  );
}
