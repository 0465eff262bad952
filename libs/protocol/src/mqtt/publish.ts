import { ProtocolError } from '../errors.ts';
import { type CodecLimits, PacketType, type ProtocolVersion } from './packet-type.ts';
import { type PublishProperties, readPublishProperties } from './publish-properties.ts';
import { checkTopicName } from './topic.ts';

/**
 * A PUBLISH as it lies in the bytes it came in: topic and payload are ranges, nothing is copied or sliced.
 * Valid only until the next bytes are read; who keeps something copies it.
 */
export interface Publish {
  readonly type: typeof PacketType.PUBLISH;
  /** Offset behind the packet. */
  readonly end: number;
  readonly qos: 0 | 1 | 2;
  readonly dup: boolean;
  readonly retain: boolean;
  /** 0 at QoS 0. */
  readonly packetId: number;
  /** Where the payload lies, and the topic. */
  readonly bytes: Buffer;
  /** The same, unless a topic alias stands for the topic. */
  readonly topic: Buffer;
  /** Empty (start = end) when a topic alias stands for it. */
  readonly topicStart: number;
  readonly topicEnd: number;
  readonly payloadStart: number;
  readonly payloadEnd: number;
  readonly properties: PublishProperties | undefined;
}

/**
 * Decodes the PUBLISH whose first byte stands at `at` and whose variable header begins at `body`. By hand, because it
 * is most of what a gateway reads: see bench/src/micro/decode-publish.ts.
 * @throws ProtocolError
 */
export function decodePublish(
  bytes: Buffer,
  at: number,
  body: number,
  end: number,
  version: ProtocolVersion,
  limits: CodecLimits,
): Publish {
  const flags = bytes[at]! & 0x0f;
  const qos = (flags >> 1) & 0x03;
  if (qos === 3) throw new ProtocolError('malformed', 'QoS 3'); // [MQTT-3.3.1-4]
  const dup = (flags & 0x08) !== 0;
  if (dup && qos === 0) throw new ProtocolError('malformed', 'DUP at QoS 0'); // [MQTT-3.3.1-2]

  if (body + 2 > end) throw new ProtocolError('malformed', 'PUBLISH ends in its topic');
  const topicStart = body + 2;
  const topicEnd = topicStart + ((bytes[body]! << 8) | bytes[body + 1]!);
  let next = topicEnd;
  if (next > end) throw new ProtocolError('malformed', 'PUBLISH ends in its topic');
  checkTopicName(bytes, topicStart, topicEnd, limits);

  let packetId = 0;
  if (qos > 0) {
    if (next + 2 > end) throw new ProtocolError('malformed', 'PUBLISH ends in its packet id');
    packetId = (bytes[next]! << 8) | bytes[next + 1]!;
    next += 2;
    if (packetId === 0) throw new ProtocolError('protocol-error', 'packet id 0'); // [MQTT-2.2.1-3]
  }

  let properties: PublishProperties | undefined;
  if (version === 5) {
    if (next >= end) throw new ProtocolError('malformed', 'PUBLISH without a property length');
    let length = bytes[next++]!;
    if (length > 0) {
      if (length > 0x7f) {
        length &= 0x7f;
        for (let scale = 128, more = true; more; scale *= 128) {
          if (next >= end || scale > 2_097_152) throw new ProtocolError('malformed', 'property length');
          const byte = bytes[next++]!;
          length += (byte & 0x7f) * scale;
          more = byte > 0x7f;
          if (byte === 0) throw new ProtocolError('malformed', 'property length of more bytes than it needs'); // [MQTT-1.5.5-1]
        }
      }
      if (next + length > end) throw new ProtocolError('malformed', 'properties run past the packet');
      properties = readPublishProperties(bytes, next, next + length);
      next += length;
    }
  }
  if (topicStart === topicEnd && properties?.topicAlias === undefined) {
    throw new ProtocolError(version === 5 ? 'protocol-error' : 'malformed', 'empty topic name'); // [MQTT-4.7.3-1]
  }
  return {
    type: PacketType.PUBLISH,
    end,
    qos: qos as 0 | 1 | 2,
    dup,
    retain: (flags & 1) !== 0,
    packetId,
    bytes,
    topic: bytes,
    topicStart,
    topicEnd,
    payloadStart: next,
    payloadEnd: end,
    properties,
  };
}
