import type { QueueOp, QueueState } from '@tributary/backplane';
import { type Delivery, deliveryBytes, isExpired } from '../../routing/delivery.ts';
import type { Acknowledged, Deliveries } from './deliveries.ts';
import {
  countSaid,
  type InflightState,
  maxPacketId,
  type Recipient,
  type UndeliveredReason,
} from './outgoing.ts';
import type { QueueAccess, QueueEntry } from './queue-access.ts';

interface Inflight {
  readonly n: number;
  readonly qos: 1 | 2;
  readonly bytes: number;
  state: InflightState;
}

const nothing = (): void => {};

const readAtOnce = 64;
const readBytes = 256 * 1024;

/** The packet id of queue entry `n` (architecture, section 4): the same on every node, with no write before the send. */
export const packetIdOf = (n: number): number => ((n - 1) % maxPacketId) + 1;

/**
 * Deliveries of a session that outlives its connection. Redis has the messages; this knows how far the device is. A
 * message that comes while everything before it is sent, and there is room, is said from memory and never read back.
 */
export class QueueDeliveries implements Deliveries {
  onRoom: () => void = nothing;
  onSettled: () => void = nothing;
  readonly #recipient: Recipient;
  readonly #queue: QueueAccess;
  readonly #inflight = new Map<number, Inflight>();
  /** Entries up to here are sent, or were given up. */
  #last: number;
  /** About as many as these were done with before this connection. */
  readonly #firstKnown: number;
  /** Entries up to here exist, as far as this node was told. */
  #known: number;
  /** Entries up to here may have been sent by an earlier connection: they go with DUP [MQTT-3.3.1-1]. */
  readonly #sentBefore: number;
  /** Entries up to here had piled up before this connection: they are sent at a pace. 0: there is none. */
  #pacedUntil = 0;
  /** Others may have put entries there that this node was not told of. */
  #isUnsure = false;
  /** PUBRELs of earlier connections that are not answered: the window of this one does not know them (section 4.9). */
  #carried: number;
  /** The next entry found no room: until there is some, reading it again is of no use. */
  #isHeadHeld = false;
  #isReading = false;
  /** Answers of the device that Redis does not have yet. */
  #unsettled = 0;
  #hasEnded = false;

  constructor(recipient: Recipient, queue: QueueAccess, state: QueueState) {
    this.#recipient = recipient;
    this.#queue = queue;
    this.#sentBefore = state.sent;
    this.#known = state.counter;
    this.#firstKnown = state.counter - state.length;
    this.#last = state.length === 0 ? state.counter : 0;
    this.#carried = state.awaitingComplete.length;
    this.#pace(state);
    for (const n of state.awaitingComplete) {
      this.#inflight.set(packetIdOf(n), { n, qos: 2, bytes: 0, state: 'releasing' });
    }
  }

  /** What comes while the backlog is sent waits behind it, and is sent as fast as the device takes it. */
  #pace(state: QueueState): void {
    const { pace } = this.#recipient;
    if (pace === undefined) return;
    this.#pacedUntil = state.counter;
    pace.onGo = () => this.pump();
  }

  get inflight(): number {
    return this.#inflight.size;
  }
  get waiting(): number {
    return this.#last === 0 ? this.#known - this.#firstKnown : this.#known - this.#last;
  }
  get isSettled(): boolean {
    return this.#unsettled === 0;
  }
  get isIdle(): boolean {
    return this.#last >= this.#known && !this.#isUnsure && !this.#isReading && this.#hasRoom();
  }
  /** The highest entry that was or may have been sent. */
  get sent(): number {
    return Math.max(this.#last, this.#sentBefore);
  }

  /** Goes on where an earlier connection stopped: PUBREL again first [MQTT-4.4.0-1], then what is queued. */
  resume(): void {
    for (const packetId of this.#inflight.keys()) this.#recipient.sayRelease(packetId);
    this.pump();
  }

  /** Redis has a new entry. */
  queued(n: number, delivery: Delivery): void {
    const isNext = n === this.#last + 1 && n > this.#known && !this.#isReading;
    this.#known = Math.max(this.#known, n);
    const entry = { n, bytes: deliveryBytes(delivery), delivery };
    if (isNext && this.#canSend(entry)) this.#send(entry);
    else if (!this.#isHeadHeld) this.pump();
  }

  /** There may be more than this node was told: looks. */
  look(): void {
    // While a question is out, too: Redis may have answered it before there was more.
    this.#isUnsure = true;
    this.pump();
  }

  acknowledged({ packetId, reasonCode }: Acknowledged): void {
    const entry = this.#inflight.get(packetId);
    if (entry?.qos !== 1) return;
    this.#settled(packetId, entry, 'done', reasonCode);
  }

  received({ packetId, reasonCode }: Acknowledged): boolean {
    const entry = this.#inflight.get(packetId);
    if (entry?.qos !== 2) return false;
    if (reasonCode >= 0x80) {
      // Refused after all: what it had received before is forgotten too.
      this.#settled(packetId, entry, entry.state === 'sent' ? 'done' : 'complete', reasonCode);
    } else if (entry.state === 'sent') {
      // PUBREL waits for Redis: after it the device may forget the id, and must never see the message again.
      entry.state = 'marking';
      this.#settle({ op: 'received', n: entry.n, bytes: entry.bytes }, () => {
        if (this.#inflight.get(packetId) !== entry) return;
        entry.state = 'releasing';
        if (!this.#hasEnded) this.#recipient.sayRelease(packetId);
      });
    } else if (entry.state === 'releasing') {
      this.#recipient.sayRelease(packetId);
    }
    return true;
  }

  completed({ packetId }: Acknowledged): void {
    const entry = this.#inflight.get(packetId);
    if (entry?.state === 'releasing') this.#settled(packetId, entry, 'complete', 0);
  }

  finished({ packetId, reasonCode }: Acknowledged): void {
    const entry = this.#inflight.get(packetId);
    // In one step, so that a connection which ends meanwhile leaves no half of it to the next.
    if (entry !== undefined)
      this.#settled(packetId, entry, entry.state === 'sent' ? 'done' : 'complete', reasonCode);
  }

  pump(): void {
    this.#isHeadHeld = false;
    if (this.#isReading || !this.#mayRead()) return;
    this.#isReading = true;
    void this.#readOn();
  }

  end(): void {
    this.#hasEnded = true;
    this.#recipient.pace?.end();
  }

  #hasRoom(): boolean {
    const { window, isCongested } = this.#recipient;
    // As many as the window at the most: else they would pile up from connection to connection.
    return this.#inflight.size - Math.min(this.#carried, window) < window && !isCongested();
  }

  #mayRead(): boolean {
    return !this.#hasEnded && (this.#isUnsure || this.#last < this.#known) && this.#hasRoom();
  }

  /** Not while the entry's packet id is still taken by one 65,535 before it [MQTT-2.2.1-4]. */
  #canSend({ n, bytes }: QueueEntry): boolean {
    return this.#hasRoom() && !this.#inflight.has(packetIdOf(n)) && this.#recipient.hasRoomFor(bytes);
  }

  async #readOn(): Promise<void> {
    try {
      while (this.#mayRead()) {
        const free = this.#recipient.window - (this.#inflight.size - this.#carried);
        const count = this.#allowed(Math.min(readAtOnce, free));
        if (count === 0) return;
        const known = this.#known;
        const wasUnsure = this.#isUnsure;
        this.#isUnsure = false;
        const entries = await this.#queue.read(this.#last, count, readBytes);
        if (this.#hasEnded) return;
        // Where there were some there may be more: only an empty page answers the doubt.
        if (wasUnsure && entries.length > 0) this.#isUnsure = true;
        for (const entry of entries) {
          if (!this.#canSend(entry)) {
            this.#known = Math.max(this.#known, entry.n);
            this.#isHeadHeld = true;
            return;
          }
          this.#send(entry);
        }
        // All that was known before the question is read, and what came meanwhile is looked for again.
        if (entries.length === 0) this.#last = Math.max(this.#last, known);
      }
    } catch {
      // Without Redis nothing is read; whoever tells that it is back pumps.
      this.#isUnsure = true;
    } finally {
      this.#isReading = false;
      if (!this.#hasEnded) this.onRoom();
    }
  }

  #allowed(count: number): number {
    return this.#last < this.#pacedUntil ? this.#recipient.pace!.allow(count) : count;
  }

  #send(entry: QueueEntry): void {
    const { n, bytes, delivery } = entry;
    const { counters } = this.#recipient;
    this.#last = n;
    const isDup = n <= this.#sentBefore;
    const reason = this.#said(entry, isDup);
    if (reason !== undefined) {
      counters.undelivered[reason]++;
      this.#settle({ op: 'done', n, bytes });
      return;
    }
    this.#inflight.set(packetIdOf(n), { n, qos: delivery.qos as 1 | 2, bytes, state: 'sent' });
    countSaid(counters, delivery);
    if (isDup) counters.redelivered++;
    if (n <= this.#pacedUntil) this.#recipient.pace!.sent();
    if (n === this.#pacedUntil) this.#recipient.pace!.end();
  }

  /** Says it to the device. @returns why not; undefined: it is said */
  #said({ n, delivery }: QueueEntry, isDup: boolean): UndeliveredReason | undefined {
    const { say, now, mayHave } = this.#recipient;
    const { message } = delivery;
    // A delivery that was begun is brought to its end [MQTT-4.3.3-7, MQTT-4.4.0-1].
    if (!isDup) {
      const nowMs = now();
      if (nowMs - message.ts > this.#queue.maxAgeMs) return 'too-old';
      if (isExpired(message, nowMs)) return 'expired';
    }
    // Queued while the device was away, or before it was forbidden.
    if (!mayHave(message.topic)) return 'denied';
    return say(delivery, packetIdOf(n), isDup) === 'skipped' ? 'too-large' : undefined;
  }

  #settled(packetId: number, entry: Inflight, op: QueueOp['op'], reasonCode: number): void {
    const { counters } = this.#recipient;
    this.#inflight.delete(packetId);
    // Only entries carried over from an earlier connection have no bytes.
    if (entry.bytes === 0) this.#carried--;
    if (reasonCode >= 0x80) counters.undelivered.refused++;
    else counters.delivered++;
    this.#settle({ op, n: entry.n, bytes: entry.bytes });
    this.pump();
    this.onRoom();
  }

  /** What the device answered counts once Redis has it: until then the session is not over. */
  #settle(op: QueueOp, onDone?: () => void): void {
    this.#unsettled++;
    this.#queue.settle(op, (isDone) => {
      if (isDone) onDone?.();
      if (--this.#unsettled === 0 && this.#hasEnded) this.onSettled();
    });
  }
}
