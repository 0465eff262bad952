import { isUtf8 } from 'node:buffer';
import type { GatewayFrame } from '@tributary/protocol';
import type { Delivery } from '../routing/delivery.ts';

/** The frame that says a message to a plain device; without `id` it is not to be acknowledged. `now` in Unix ms. */
export function messageFrame(
  { message, qos }: Delivery,
  id: number,
  _isDup: boolean,
  _now: number,
): GatewayFrame {
  const { topic, payload } = message;
  const isText = isUtf8(payload);
  return {
    type: 'message',
    ...(qos === 0 ? {} : { id }),
    topic,
    payload: payload.toString(isText ? 'utf8' : 'base64'),
    ...(isText ? {} : { encoding: 'base64' }),
  };
}
