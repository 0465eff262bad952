import { type AckType, plainAckBytes, writePlainAck } from '@tributary/protocol';
import type { Transport } from '../transports/transport.ts';

const firstBytes = 32;

/**
 * Bytes waiting for one socket. What is offered during one turn of the event loop, or while one chunk of Redis replies
 * is judged, leaves as one write.
 */
export class Outbox {
  readonly #transport: Transport;
  readonly #flusher: OutboxFlusher;
  readonly #maxBytes: number;
  readonly #owner: Flushable;
  #bytes: Buffer | undefined;
  #used = 0;

  /** `owner` is told to flush at the end of the turn: the connection, or the outbox itself. */
  constructor(transport: Transport, flusher: OutboxFlusher, maxBytes: number, owner?: Flushable) {
    this.#owner = owner ?? this;
    this.#transport = transport;
    this.#flusher = flusher;
    this.#maxBytes = maxBytes;
  }

  /** Gathered and not written. */
  get bytes(): number {
    return this.#used;
  }

  /** Copies `frame`; `overflow` when the device lets too much wait, and then nothing was added. */
  offer(frame: Uint8Array): 'queued' | 'overflow' {
    const at = this.#used;
    if (!this.#grow(frame.length)) return 'overflow';
    this.#bytes!.set(frame, at);
    return 'queued';
  }

  /** A success acknowledgement, written in place. */
  offerAck(type: AckType, packetId: number): 'queued' | 'overflow' {
    const at = this.#used;
    if (!this.#grow(plainAckBytes)) return 'overflow';
    writePlainAck(this.#bytes!, at, type, packetId);
    return 'queued';
  }

  #grow(count: number): boolean {
    const wanted = this.#used + count;
    const waiting = this.#used + this.#transport.pendingBytes;
    // Alone, a packet of any size passes: the limit is on what piles up.
    if (waiting > 0 && waiting + count > this.#maxBytes) return false;
    if (this.#bytes === undefined) {
      this.#bytes = Buffer.allocUnsafe(Math.max(firstBytes, count));
      this.#flusher.add(this.#owner);
    } else if (wanted > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(wanted, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, this.#used);
      this.#bytes = grown;
    }
    this.#used = wanted;
    return true;
  }

  flush(): void {
    if (this.#bytes === undefined) return;
    const bytes = this.#bytes.subarray(0, this.#used);
    this.#bytes = undefined;
    this.#used = 0;
    this.#transport.write(bytes);
  }
}

/** Something that has gathered what it wants to write. */
export interface Flushable {
  flush(): void;
}

/** The outboxes that hold something now; flushed at the end of the turn, or sooner by whoever knows the moment. */
export class OutboxFlusher {
  #dirty: Flushable[] = [];
  readonly #onTurnEnd = (): void => this.flush();

  add(outbox: Flushable): void {
    if (this.#dirty.push(outbox) === 1) setImmediate(this.#onTurnEnd);
  }

  flush(): void {
    const dirty = this.#dirty;
    if (dirty.length === 0) return;
    this.#dirty = [];
    for (const outbox of dirty) outbox.flush();
  }
}
