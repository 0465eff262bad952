import { type MessageFrame, textOrBase64 } from '@tributary/protocol';
import type { Delivery } from '../routing/delivery.ts';

/** The frame that says a message to a plain device; without `id` it is not to be acknowledged. `now` in Unix ms. */
export function messageFrame(
  { message, qos, retain }: Delivery,
  id: number,
  isDup: boolean,
  now: number,
): MessageFrame {
  const { topic, payload, contentType, expiresAt, props } = message;
  const { responseTopic, correlationData, user } = props ?? {};
  return {
    type: 'message',
    ...(qos === 0 ? {} : { id }),
    topic,
    ...textOrBase64(payload),
    ...(isDup ? { dup: true } : {}),
    ...(retain ? { retain: true } : {}),
    ...(contentType === undefined ? {} : { contentType }),
    ...(responseTopic === undefined ? {} : { responseTopic }),
    ...(correlationData === undefined ? {} : { correlation: correlationData }),
    ...(expiresAt === undefined ? {} : { expiry: Math.max(1, Math.ceil((expiresAt - now) / 1000)) }),
    ...(user === undefined ? {} : { user }),
  };
}
