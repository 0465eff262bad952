import { varintBytes, writeVarint } from './varint.ts';

/** Properties of a PUBLISH to a client (MQTT 5 section 3.3.2.3), written in the order of their identifiers. */
export interface OutgoingProperties {
  readonly payloadFormat?: 0 | 1 | undefined;
  /** Seconds left, a whole number up to 2^32 − 1. */
  readonly messageExpiry?: number | undefined;
  readonly contentType?: string | undefined;
  readonly responseTopic?: string | undefined;
  readonly correlationData?: Buffer | undefined;
  /** Subscription Identifiers, 1 to 268,435,455 each, of every subscription that matched [MQTT-3.3.4-3]. */
  readonly identifiers?: readonly number[] | undefined;
  /** 1 to the client's Topic Alias Maximum [MQTT-3.3.2-9]. */
  readonly topicAlias?: number | undefined;
  readonly user?: UserProperties | undefined;
}

/** Name and value pairs in their order; a name may repeat [MQTT-3.3.2-18]. */
export type UserProperties = readonly (readonly [string, string])[];

const PAYLOAD_FORMAT = 0x01;
const MESSAGE_EXPIRY = 0x02;
const CONTENT_TYPE = 0x03;
const RESPONSE_TOPIC = 0x08;
const CORRELATION_DATA = 0x09;
const SUBSCRIPTION_IDENTIFIER = 0x0b;
const TOPIC_ALIAS = 0x23;
const USER_PROPERTY = 0x26;

const maxTextBytes = 65_535;

/**
 * Bytes of the properties, their length not included.
 * @throws RangeError when a text or the correlation data is longer than two bytes can say
 */
export function propertyBytes(properties: OutgoingProperties): number {
  const { contentType, responseTopic, correlationData, identifiers, user } = properties;
  let size = 0;
  if (properties.payloadFormat !== undefined) size += 2;
  if (properties.messageExpiry !== undefined) size += 5;
  if (contentType !== undefined) size += 1 + textBytes(contentType);
  if (responseTopic !== undefined) size += 1 + textBytes(responseTopic);
  if (correlationData !== undefined) size += 3 + withinText(correlationData.length);
  if (identifiers !== undefined) for (const identifier of identifiers) size += 1 + varintBytes(identifier);
  if (properties.topicAlias !== undefined) size += 3;
  if (user !== undefined) size += userPropertyBytes(user);
  return size;
}

/** Writes what `propertyBytes` has measured; returns the offset behind it. */
export function writeProperties(bytes: Buffer, at: number, properties: OutgoingProperties): number {
  const {
    payloadFormat,
    messageExpiry,
    contentType,
    responseTopic,
    correlationData,
    identifiers,
    topicAlias,
  } = properties;
  let next = at;
  if (payloadFormat !== undefined) {
    bytes[next++] = PAYLOAD_FORMAT;
    bytes[next++] = payloadFormat;
  }
  if (messageExpiry !== undefined) {
    bytes[next] = MESSAGE_EXPIRY;
    next = bytes.writeUInt32BE(messageExpiry, next + 1);
  }
  if (contentType !== undefined) next = writeTextProperty(bytes, next, CONTENT_TYPE, contentType);
  if (responseTopic !== undefined) next = writeTextProperty(bytes, next, RESPONSE_TOPIC, responseTopic);
  if (correlationData !== undefined) {
    bytes[next] = CORRELATION_DATA;
    next = bytes.writeUInt16BE(correlationData.length, next + 1);
    next += correlationData.copy(bytes, next);
  }
  if (identifiers !== undefined) {
    for (const identifier of identifiers) {
      bytes[next] = SUBSCRIPTION_IDENTIFIER;
      next = writeVarint(bytes, next + 1, identifier);
    }
  }
  if (topicAlias !== undefined) {
    bytes[next] = TOPIC_ALIAS;
    next = bytes.writeUInt16BE(topicAlias, next + 1);
  }
  return properties.user === undefined ? next : writeUserProperties(bytes, next, properties.user);
}

/**
 * Bytes of user properties, identifiers included.
 * @throws RangeError when a name or a value is longer than two bytes can say
 */
export function userPropertyBytes(user: UserProperties): number {
  let size = 0;
  for (const [name, value] of user) size += 1 + textBytes(name) + textBytes(value);
  return size;
}

/** Writes what `userPropertyBytes` has measured; returns the offset behind it. */
export function writeUserProperties(bytes: Buffer, at: number, user: UserProperties): number {
  let next = at;
  for (const [name, value] of user)
    next = writeText(bytes, writeTextProperty(bytes, next, USER_PROPERTY, name), value);
  return next;
}

/** A property whose value is a text; returns the offset behind it. */
export function writeTextProperty(bytes: Buffer, at: number, id: number, text: string): number {
  bytes[at] = id;
  return writeText(bytes, at + 1, text);
}

/**
 * Bytes of a text with its length.
 * @throws RangeError when it is longer than two bytes can say
 */
export const textBytes = (text: string): number => 2 + withinText(Buffer.byteLength(text));

/** @throws RangeError when `length` is more than two bytes can say */
export function withinText(length: number): number {
  if (length > maxTextBytes) throw new RangeError(`text of ${length} bytes`);
  return length;
}

/** Writes a text behind its length; returns the offset behind it. */
export function writeText(bytes: Buffer, at: number, text: string): number {
  const length = bytes.write(text, at + 2);
  bytes[at] = length >> 8;
  bytes[at + 1] = length & 0xff;
  return at + 2 + length;
}
