import type { StoredMessage } from '@tributary/backplane';

/** A message on its way to one subscriber. */
export interface Delivery {
  readonly message: StoredMessage;
  /** The lower of the message's and the highest of the matching subscriptions' [MQTT-3.8.4-8]. */
  readonly qos: 0 | 1 | 2;
  /** The RETAIN flag to send [MQTT-3.3.1-12, -13]. */
  readonly retain: boolean;
  /** Of every matching subscription that has one [MQTT-3.3.4-3, -4]. */
  readonly identifiers: readonly number[] | undefined;
  /** The filter it was shared by, `$share/…` and all: another member may take it over. */
  readonly shared: string | undefined;
}

/** Bytes a delivery counts for in queues: topic, payload and what comes with them. */
export function deliveryBytes({ message }: Delivery): number {
  return message.payload.length + Buffer.byteLength(message.topic) + 64;
}

/** Whether a message is past its expiry at `now`, Unix ms [MQTT-3.3.2-5]. */
export function isExpired(message: StoredMessage, now: number): boolean {
  return message.expiresAt !== undefined && message.expiresAt <= now;
}
