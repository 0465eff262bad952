import { type Delivery, deliveryBytes, isExpired } from '../../routing/delivery.ts';
import type { Acknowledged, DirectDeliveries } from './deliveries.ts';
import { countSaid, maxPacketId, type QueueBounds, type Recipient } from './outgoing.ts';

interface Inflight {
  readonly delivery: Delivery;
  isReleasing: boolean;
}

const nothing = (): void => {};

/**
 * Deliveries of a session that ends with its connection: nothing of it is in Redis. What the window has no room for waits
 * in memory, within the same bounds as a queue in Redis.
 */
export class MemoryDeliveries implements DirectDeliveries {
  onRoom: () => void = nothing;
  onSettled: () => void = nothing;
  readonly isSettled = true;
  readonly #recipient: Recipient;
  readonly #bounds: QueueBounds;
  /** Given what the device had not acknowledged, so that another member of the shared subscription may have it. */
  readonly #handOver: (delivery: Delivery) => void;
  readonly #inflight = new Map<number, Inflight>();
  #waiting: Delivery[] = [];
  /** Of `#waiting`: those before it are gone. */
  #first = 0;
  #waitingBytes = 0;
  #lastPacketId = 0;
  #hasEnded = false;

  constructor(recipient: Recipient, bounds: QueueBounds, handOver: (delivery: Delivery) => void) {
    this.#recipient = recipient;
    this.#bounds = bounds;
    this.#handOver = handOver;
  }

  get inflight(): number {
    return this.#inflight.size;
  }
  get waiting(): number {
    return this.#waiting.length - this.#first;
  }
  get isIdle(): boolean {
    return this.waiting === 0 && this.#hasRoom();
  }

  deliver(delivery: Delivery): void {
    if (this.#hasEnded) return this.#handOver(delivery);
    if (this.waiting === 0 && this.#hasRoomFor(delivery)) this.#send(delivery);
    else this.#wait(delivery);
  }

  acknowledged({ packetId, reasonCode }: Acknowledged): void {
    const entry = this.#inflight.get(packetId);
    // A PUBACK for a QoS 2 message settles nothing.
    if (entry === undefined || entry.delivery.qos !== 1) return;
    this.#settled(packetId, reasonCode);
  }

  received({ packetId, reasonCode }: Acknowledged): boolean {
    const entry = this.#inflight.get(packetId);
    if (entry === undefined || entry.delivery.qos !== 2) return false;
    if (reasonCode >= 0x80) {
      this.#settled(packetId, reasonCode);
      return true;
    }
    entry.isReleasing = true;
    this.#recipient.sayRelease(packetId);
    return true;
  }

  completed({ packetId }: Acknowledged): void {
    if (this.#inflight.get(packetId)?.isReleasing === true) this.#settled(packetId, 0);
  }

  finished({ packetId, reasonCode }: Acknowledged): void {
    if (this.#inflight.has(packetId)) this.#settled(packetId, reasonCode);
  }

  pump(): void {
    while (!this.#hasEnded && this.waiting > 0 && this.#hasRoomFor(this.#waiting[this.#first]!))
      this.#send(this.#takeOldest());
  }

  end(): void {
    this.#hasEnded = true;
    for (const { delivery } of this.#inflight.values()) {
      // At QoS 2 the device may have it: another one must not get it as well [MQTT-4.8.2-5].
      if (delivery.qos === 1) this.#handOver(delivery);
    }
    for (const delivery of this.#waiting.slice(this.#first)) this.#handOver(delivery);
    this.#inflight.clear();
    this.#waiting = [];
    this.#first = 0;
  }

  #hasRoomFor(delivery: Delivery): boolean {
    return this.#hasRoom() && this.#recipient.hasRoomFor(deliveryBytes(delivery));
  }

  #hasRoom(): boolean {
    return this.#inflight.size < this.#recipient.window && !this.#recipient.isCongested();
  }

  #send(delivery: Delivery): void {
    const { counters, now, say, mayHave } = this.#recipient;
    if (isExpired(delivery.message, now())) {
      counters.undelivered.expired++;
      return;
    }
    if (!mayHave(delivery.message.topic)) {
      counters.undelivered.denied++;
      return;
    }
    const packetId = this.#freePacketId();
    if (say(delivery, packetId, false) === 'skipped') {
      counters.undelivered['too-large']++;
      return;
    }
    this.#inflight.set(packetId, { delivery, isReleasing: false });
    countSaid(counters, delivery);
  }

  /** The next that is not in use; the window is smaller than there are ids [MQTT-2.2.1-4]. */
  #freePacketId(): number {
    do {
      this.#lastPacketId = (this.#lastPacketId % maxPacketId) + 1;
    } while (this.#inflight.has(this.#lastPacketId));
    return this.#lastPacketId;
  }

  #settled(packetId: number, reasonCode: number): void {
    const { counters } = this.#recipient;
    this.#inflight.delete(packetId);
    if (reasonCode >= 0x80) counters.undelivered.refused++;
    else counters.delivered++;
    this.pump();
    this.onRoom();
  }

  #wait(delivery: Delivery): void {
    const { maxMessages, maxBytes, policy } = this.#bounds;
    const bytes = deliveryBytes(delivery);
    const isFull = (): boolean => this.waiting >= maxMessages || this.#waitingBytes + bytes > maxBytes;
    const { undelivered } = this.#recipient.counters;
    // One that never fits drives nobody out.
    const mayDrop = policy === 'drop-oldest' && bytes <= maxBytes;
    while (mayDrop && this.waiting > 0 && isFull()) {
      this.#takeOldest();
      undelivered['queue-full']++;
    }
    if (isFull()) {
      undelivered['queue-full']++;
      return;
    }
    this.#waiting.push(delivery);
    this.#waitingBytes += bytes;
  }

  #takeOldest(): Delivery {
    const oldest = this.#waiting[this.#first++]!;
    this.#waitingBytes -= deliveryBytes(oldest);
    // Shifting one by one would cost the length of the queue each time.
    if (this.#first > 64 && this.#first * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#first);
      this.#first = 0;
    }
    return oldest;
  }
}
