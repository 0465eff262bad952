import { encodePublish, type OutgoingProperties, type ProtocolVersion } from '@tributary/protocol';
import type { Delivery } from '../routing/delivery.ts';
import type { OutgoingAliases } from './outgoing-aliases.ts';

/** Whom a PUBLISH is encoded for. */
export interface Addressee {
  readonly version: ProtocolVersion;
  /** Nothing larger is sent to it [MQTT-3.1.2-24]. */
  readonly maxPacketBytes: number;
  readonly aliases: OutgoingAliases | undefined;
  /** Unix ms. */
  readonly now: number;
}

/** Bytes of the PUBLISH that says `delivery`; undefined when it is larger than the device takes. */
export function publishFor(
  { version, maxPacketBytes, aliases, now }: Addressee,
  { message, qos, retain, identifiers }: Delivery,
  packetId: number,
  dup: boolean,
): Buffer | undefined {
  const { topic, payload } = message;
  if (version !== 5)
    return fitting(encodePublish({ topic, payload, qos, dup, retain, packetId }, 4), maxPacketBytes);
  const alias = aliases?.of(topic);
  const properties = outgoingProperties(message, identifiers, alias?.alias, now);
  const name = alias?.isKnown === true ? '' : topic;
  const frame = encodePublish({ topic: name, payload, qos, dup, retain, packetId, properties }, 5);
  if (frame.length <= maxPacketBytes || alias?.isKnown !== false) return fitting(frame, maxPacketBytes);
  // The alias is our own idea: without it there is room for three bytes more.
  aliases!.forget(topic);
  const plain = outgoingProperties(message, identifiers, undefined, now);
  return fitting(
    encodePublish({ topic, payload, qos, dup, retain, packetId, properties: plain }, 5),
    maxPacketBytes,
  );
}

function fitting(frame: Buffer, maxPacketBytes: number): Buffer | undefined {
  return frame.length > maxPacketBytes ? undefined : frame;
}

/** What of a message goes on to its subscribers, unchanged [MQTT-3.3.2-4, -15, -16, -17, -18, -20], but for its expiry. */
function outgoingProperties(
  { expiresAt, contentType, props }: Delivery['message'],
  identifiers: readonly number[] | undefined,
  topicAlias: number | undefined,
  now: number,
): OutgoingProperties {
  const { payloadFormat, responseTopic, correlationData, user } = props ?? {};
  return {
    ...(payloadFormat === undefined ? {} : { payloadFormat }),
    // The time it has waited here is taken off [MQTT-3.3.2-6].
    ...(expiresAt === undefined ? {} : { messageExpiry: Math.max(1, Math.ceil((expiresAt - now) / 1000)) }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(responseTopic === undefined ? {} : { responseTopic }),
    ...(correlationData === undefined ? {} : { correlationData: Buffer.from(correlationData, 'base64') }),
    ...(user === undefined ? {} : { user }),
    ...(identifiers === undefined ? {} : { identifiers }),
    ...(topicAlias === undefined ? {} : { topicAlias }),
  };
}
