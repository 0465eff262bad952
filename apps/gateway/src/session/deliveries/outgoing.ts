import { type Delivery, deliveryBytes, isExpired } from '../../routing/delivery.ts';

/** What the deliveries of a session need of it. */
export interface Recipient {
  readonly clientId: string;
  readonly epoch: number;
  /** Unix ms. */
  readonly now: () => number;
  /** Messages above QoS 0 that may be unacknowledged at once: the device's Receive Maximum and our own limit. */
  readonly window: number;
  /** Whether it may have messages of the topic, whatever it subscribed to. */
  readonly mayHave: (topic: string) => boolean;
  /** Whether the socket takes more than it should be made to hold. */
  readonly isCongested: () => boolean;
  /** Whether it takes a message of so many bytes now. */
  readonly hasRoomFor: (bytes: number) => boolean;
  /** A message was dropped for want of room. */
  readonly refusedRoom: () => void;
  /** Says a message to the device; `skipped` when it is larger than the device takes [MQTT-3.1.2-25]. */
  readonly say: (delivery: Delivery, packetId: number, isDup: boolean) => 'said' | 'skipped';
  /** Says PUBREL. */
  readonly sayRelease: (packetId: number) => void;
  readonly counters: DeliveryCounters;
  /** How fast a backlog is sent; undefined: as fast as the device takes it. */
  readonly pace: BacklogPace | undefined;
}

/** Spreads a backlog over time. */
export interface BacklogPace {
  /** How many of `count` messages may be sent now. When none, `onGo` tells when to ask again. */
  allow(count: number): number;
  /** One was sent. */
  sent(): void;
  onGo: () => void;
  /** Nothing of the backlog is left, or nobody to send it to. */
  end(): void;
}

/** What the node counts of deliveries. */
export interface DeliveryCounters {
  /** By QoS. */
  readonly messagesOut: number[];
  bytesOut: number;
  delivered: number;
  redelivered: number;
  readonly undelivered: Record<UndeliveredReason, number>;
}

/** Why a message for a subscriber was given up. */
export type UndeliveredReason =
  'expired' | 'too-large' | 'queue-full' | 'outbox-full' | 'too-old' | 'refused' | 'denied';

/** Limits of what waits for one device. */
export interface QueueBounds {
  readonly maxMessages: number;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  readonly policy: 'drop-oldest' | 'reject';
}

export const maxPacketId = 65_535;

/** `sent`: PUBLISH is with the device. `marking`: its PUBREC is being written. `releasing`: PUBREL was said, PUBCOMP is awaited. */
export type InflightState = 'sent' | 'marking' | 'releasing';

/** Says a message at QoS 0, or counts why not. */
export function sayAtMostOnce(recipient: Recipient, delivery: Delivery): void {
  const { counters } = recipient;
  if (isExpired(delivery.message, recipient.now())) counters.undelivered.expired++;
  else if (!recipient.mayHave(delivery.message.topic)) counters.undelivered.denied++;
  else if (!recipient.hasRoomFor(deliveryBytes(delivery))) {
    counters.undelivered['outbox-full']++;
    recipient.refusedRoom();
  } else if (recipient.say(delivery, 0, false) === 'skipped') counters.undelivered['too-large']++;
  else countSaid(counters, delivery);
}

export function countSaid(counters: DeliveryCounters, delivery: Delivery): void {
  counters.messagesOut[delivery.qos]!++;
  counters.bytesOut += delivery.message.payload.length;
}
