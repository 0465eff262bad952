import type { DeviceFrame, GatewayFrame } from '@tributary/protocol';
import { type Described, shortTopic, words } from './description.ts';

/** What a frame of a plain WebSocket device says; `hello` has been taken before anybody looks. */
export function describeDeviceFrame(frame: DeviceFrame, bytes: number): Described {
  const type = frame.type.toUpperCase();
  switch (frame.type) {
    case 'publish': {
      const { id, topic, payload, retain } = frame;
      const message = { topic: shortTopic(topic), qos: id === undefined ? 0 : 1, packetId: id };
      const detail = words(retain && 'retain');
      return { told: { type, ...message, bytes, payloadBytes: payload.length, detail }, payload };
    }
    case 'subscribe': {
      const filters = frame.topics.map(({ filter, qos }) => `${filter} (QoS ${qos})`).join(', ');
      return { told: { type, packetId: frame.id, bytes, detail: words(filters) } };
    }
    case 'unsubscribe':
      return { told: { type, packetId: frame.id, bytes, detail: words(frame.topics.join(', ')) } };
    case 'ack':
      return { told: { type, packetId: frame.id, bytes } };
    default:
      return { told: { type, bytes } };
  }
}

/** What a frame for a plain WebSocket device says. */
export function describeGatewayFrame(frame: GatewayFrame, bytes: number): Described {
  const type = frame.type.toUpperCase();
  switch (frame.type) {
    case 'message': {
      const { id, topic, dup, retain } = frame;
      const payload = Buffer.from(frame.payload, frame.encoding ?? 'utf8');
      const message = { topic: shortTopic(topic), qos: id === undefined ? 0 : 1, packetId: id };
      const detail = words(dup === true && 'dup', retain === true && 'retain');
      return { told: { type, ...message, bytes, payloadBytes: payload.length, detail }, payload };
    }
    case 'welcome':
      return { told: { type, bytes, detail: words(frame.sessionPresent && 'session present') } };
    case 'subscribed':
      return { told: { type, packetId: frame.id, bytes, detail: words(frame.granted.join(' ')) } };
    case 'unsubscribed':
      return { told: { type, packetId: frame.id, bytes, detail: words(frame.removed.join(' ')) } };
    case 'ack':
      return { told: { type, packetId: frame.id, bytes } };
    case 'error':
      return { told: { type, packetId: frame.id, bytes, detail: words(frame.code) } };
    case 'bye':
      return { told: { type, bytes, detail: words(frame.reason) } };
    default:
      return { told: { type, bytes } };
  }
}
