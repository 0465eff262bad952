import { type ClientPacket, PacketType, type Publish } from '@tributary/protocol';
import { type Described, shortTopic, words } from './description.ts';

/** What a packet of a device says. */
export function describeIn(packet: ClientPacket, bytes: number): Described {
  switch (packet.type) {
    case PacketType.PUBLISH:
      return describePublish(packet, bytes);
    case PacketType.PUBACK:
    case PacketType.PUBREC:
    case PacketType.PUBREL:
    case PacketType.PUBCOMP: {
      const { packetId, reasonCode } = packet;
      return { told: { type: nameOf(packet.type), packetId, reasonCode, bytes } };
    }
    case PacketType.SUBSCRIBE: {
      const { subscriptions, messageId } = packet.fields;
      const filters = subscriptions.map(({ topic, qos }) => `${topic} (QoS ${qos})`).join(', ');
      return { told: { type: 'SUBSCRIBE', packetId: messageId, bytes, detail: words(filters) } };
    }
    case PacketType.UNSUBSCRIBE: {
      const { unsubscriptions, messageId } = packet.fields;
      const detail = words(unsubscriptions.join(', '));
      return { told: { type: 'UNSUBSCRIBE', packetId: messageId, bytes, detail } };
    }
    case PacketType.DISCONNECT:
    case PacketType.AUTH:
      return { told: { type: nameOf(packet.type), reasonCode: packet.fields.reasonCode ?? 0, bytes } };
    case PacketType.PINGREQ:
    case PacketType.CONNECT:
      return { told: { type: nameOf(packet.type), bytes } };
  }
}

/** A PUBLISH, to or from a device; without a topic when an alias stands for it. */
export function describePublish(packet: Publish, bytes: number): Described {
  const { qos, packetId, dup, retain, properties, payloadStart, payloadEnd } = packet;
  const alias = properties?.topicAlias;
  const topic = packet.bytes.toString('utf8', packet.topicStart, packet.topicEnd);
  return {
    told: {
      type: 'PUBLISH',
      topic: topic === '' ? undefined : shortTopic(topic),
      qos,
      packetId: qos === 0 ? undefined : packetId,
      bytes,
      payloadBytes: payloadEnd - payloadStart,
      detail: words(dup && 'dup', retain && 'retain', alias !== undefined && `alias ${alias}`),
    },
    payload: packet.bytes.subarray(payloadStart, payloadEnd),
    alias,
  };
}

/** MQTT's own name of a packet type. */
export function nameOf(type: number): string {
  return names[type] ?? `type ${type}`;
}

const names: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(PacketType).map(([name, type]) => [type, name]),
);
