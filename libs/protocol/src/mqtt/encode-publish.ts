import {
  type OutgoingProperties,
  propertyBytes,
  withinText,
  writeProperties,
  writeText,
} from './outgoing-properties.ts';
import { PacketType, type ProtocolVersion } from './packet-type.ts';
import { varintBytes, writeVarint } from './varint.ts';

/** A PUBLISH to a client. */
export interface OutgoingPublish {
  /** As text or its UTF-8 bytes; empty where a topic alias that was told before stands for it [MQTT-3.3.2-8]. */
  readonly topic: string | Buffer;
  readonly payload: Buffer;
  readonly qos: 0 | 1 | 2;
  /** Sent before; without effect at QoS 0 [MQTT-3.3.1-2]. */
  readonly dup: boolean;
  readonly retain: boolean;
  /** 1 to 65535; not looked at at QoS 0, which has none [MQTT-2.2.1-2]. */
  readonly packetId: number;
  /** Left out on 3.1.1, which has none. */
  readonly properties?: OutgoingProperties | undefined;
}

/**
 * The bytes of a PUBLISH (MQTT 5 section 3.3). By hand, in one buffer of the exact size, because it is most of what a
 * gateway writes: see bench/src/micro/encode-publish.ts.
 * @throws RangeError when the topic or a text is above 65,535 bytes, or the packet above what its header can say
 */
export function encodePublish(fields: OutgoingPublish, version: ProtocolVersion): Buffer {
  const { topic, payload, qos, packetId } = fields;
  const properties = version === 5 ? fields.properties : undefined;
  const topicLength = withinText(typeof topic === 'string' ? Buffer.byteLength(topic) : topic.length);
  const propertyLength = properties === undefined ? 0 : propertyBytes(properties);
  let remaining = 2 + topicLength + payload.length;
  if (qos > 0) remaining += 2;
  if (version === 5) remaining += varintBytes(propertyLength) + propertyLength;

  const bytes = Buffer.allocUnsafe(1 + varintBytes(remaining) + remaining);
  bytes[0] = firstByte(fields);
  let at = writeVarint(bytes, 1, remaining);
  at = writeTopic(bytes, at, topic);
  if (qos > 0) {
    bytes[at++] = packetId >> 8;
    bytes[at++] = packetId & 0xff;
  }
  if (version === 5) {
    at = writeVarint(bytes, at, propertyLength);
    if (properties !== undefined) at = writeProperties(bytes, at, properties);
  }
  payload.copy(bytes, at);
  return bytes;
}

function firstByte({ qos, dup, retain }: OutgoingPublish): number {
  return (PacketType.PUBLISH << 4) | (dup && qos > 0 ? 0x08 : 0) | (qos << 1) | (retain ? 1 : 0);
}

function writeTopic(bytes: Buffer, at: number, topic: string | Buffer): number {
  if (typeof topic === 'string') return writeText(bytes, at, topic);
  bytes[at] = topic.length >> 8;
  bytes[at + 1] = topic.length & 0xff;
  return at + 2 + topic.copy(bytes, at + 2);
}
