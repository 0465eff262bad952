import { Counters } from '../counters.ts';
import type { Delivery } from '../routing/delivery.ts';
import type { Recipient } from '../session/deliveries/outgoing.ts';

/**
 * A device that writes down what is said to it: `1 hello` is a message with its packet id, `1 hello DUP` one said again,
 * `0 hello` one at QoS 0, `release 1` PUBREL.
 */
export class RecipientDesk implements Recipient {
  readonly clientId = 'pump-1';
  readonly epoch = 7;
  readonly counters = new Counters();
  readonly said: string[] = [];
  readonly deliveries: Delivery[] = [];
  pace: Recipient['pace'] = undefined;
  window = 3;
  nowMs = 1_700_000_000_000;
  /** The socket takes no more. */
  isFull = false;
  /** No message that counts for more is taken now. */
  roomBytes = Infinity;
  /** Payloads the device does not take. */
  readonly tooLarge = new Set<string>();

  /** Topics it may not have. */
  readonly forbidden = new Set<string>();
  readonly mayHave = (topic: string): boolean => !this.forbidden.has(topic);

  readonly now = (): number => this.nowMs;
  readonly isCongested = (): boolean => this.isFull;
  readonly hasRoomFor = (bytes: number): boolean => !this.isFull && bytes <= this.roomBytes;
  /** Messages dropped for want of room. */
  refused = 0;
  readonly refusedRoom = (): void => void this.refused++;
  readonly say = (delivery: Delivery, packetId: number, isDup: boolean): 'said' | 'skipped' => {
    const payload = delivery.message.payload.toString();
    if (this.tooLarge.has(payload)) return 'skipped';
    this.said.push(`${packetId} ${payload}${isDup ? ' DUP' : ''}`);
    this.deliveries.push(delivery);
    return 'said';
  };
  readonly sayRelease = (packetId: number): void => void this.said.push(`release ${packetId}`);

  /** What was said since the last time. */
  heard(): string[] {
    return this.said.splice(0);
  }
}
