import type { ReceivedMessage } from '@tributary/backplane';

/**
 * How far a QoS 2 message of the device has come: stored and told by PUBREC, its PUBREL being stored; or refused by PUBREC,
 * its record being removed without one.
 */
export type ReceiveState = 'storing' | 'stored' | 'releasing' | 'refused';

/** QoS 2 messages of one device that are not released yet, by their packet ids (MQTT 5 section 4.3.3). */
export class Receiving {
  readonly #states = new Map<number, ReceiveState>();
  /** Packet ids of earlier connections: Receive Maximum is of this one (MQTT 5 section 4.9). */
  readonly #carried = new Set<number>();
  /** Packet ids that a refusal freed, while their records are being removed. */
  readonly #freed = new Set<number>();
  /** Stored by an earlier connection, and perhaps not handed on yet. */
  readonly #unrouted = new Map<number, ReceivedMessage>();

  /** `earlier`: what earlier connections of the session sent and did not release. */
  constructor(earlier: ReadonlyMap<number, ReceivedMessage>) {
    for (const [packetId, message] of earlier) {
      this.#states.set(packetId, 'stored');
      this.#carried.add(packetId);
      if (!message.isRouted) this.#unrouted.set(packetId, message);
    }
  }

  get size(): number {
    return this.#states.size;
  }
  /** Those that count against the device's window: stored or being stored, by this connection. */
  get awaitingRelease(): number {
    return this.#states.size - this.#freed.size - this.#carried.size;
  }
  /** Those that PUBREC has yet to answer. */
  get storing(): number {
    let count = 0;
    for (const state of this.#states.values()) if (state === 'storing') count++;
    return count;
  }

  stateOf(packetId: number): ReceiveState | undefined {
    return this.#states.get(packetId);
  }
  move(packetId: number, state: ReceiveState): void {
    this.#states.set(packetId, state);
  }

  /** What is to be handed on when the message comes again, once. */
  takeUnrouted(packetId: number): ReceivedMessage | undefined {
    const message = this.#unrouted.get(packetId);
    this.#unrouted.delete(packetId);
    return message;
  }

  /** PUBREC refused it: the exchange is over, there will be no PUBREL. */
  refuse(packetId: number): void {
    this.#states.set(packetId, 'refused');
    this.#freed.add(packetId);
    this.#carried.delete(packetId);
  }

  /**
   * Its record is removed. Answers whether PUBCOMP is due: not where a refusal was the last word, and the device may have
   * used the packet id again by now.
   */
  released(packetId: number): boolean {
    if (this.#freed.delete(packetId)) {
      if (this.#states.get(packetId) === 'refused') this.#states.delete(packetId);
      return false;
    }
    this.#states.delete(packetId);
    this.#unrouted.delete(packetId);
    this.#carried.delete(packetId);
    return true;
  }
}
