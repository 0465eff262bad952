import type { Delivery } from '../../routing/delivery.ts';

/** Answer of a device to a message or to PUBREL, reason codes included. */
export interface Acknowledged {
  readonly packetId: number;
  /** 0x80 and above: refused, and not to be sent again. */
  readonly reasonCode: number;
}

/**
 * What is on its way to one device above QoS 0: its packet ids, its window, and what waits behind it. Two kinds: in
 * memory, for sessions that end with their connection, and in Redis, for the others.
 */
export interface Deliveries {
  /** Packet ids in use. */
  readonly inflight: number;
  /** Messages that wait behind the window, as far as this node knows. */
  readonly waiting: number;
  /** There is nothing left to send, and room for more. */
  readonly isIdle: boolean;
  /** Redis has all that the device acknowledged. */
  readonly isSettled: boolean;
  /** Called when that has come true after the connection ended. */
  onSettled: () => void;
  /** Called when it may have become idle. */
  onRoom: () => void;
  /** PUBACK. */
  acknowledged(answer: Acknowledged): void;
  /** PUBREC. @returns false when no message of that packet id waits for it */
  received(answer: Acknowledged): boolean;
  /** PUBCOMP. */
  completed(answer: Acknowledged): void;
  /** The one answer of a protocol that acknowledges once, whatever the QoS: the message is over. */
  finished(answer: Acknowledged): void;
  /** There may be room again: goes on sending. */
  pump(): void;
  /** The connection has ended. */
  end(): void;
}

/** Deliveries in memory take messages directly. */
export interface DirectDeliveries extends Deliveries {
  deliver(delivery: Delivery): void;
}
