import type { CloseReason } from '@tributary/protocol';

/** A connection, as far as it keeps bytes that were read and not taken yet. */
export interface Holder {
  /** Its reading is stopped by this node: that it keeps them is not its doing. */
  readonly isPaused: boolean;
  close(reason: CloseReason, detail: string): void;
}

/**
 * What all connections of a node keep of unfinished packets and frames, and of what pauses hold back, in a bound. Above it
 * whoever keeps the most is let go: a device that is in order keeps little, and not for long.
 */
export class InboundBytes {
  #bytes = 0;
  #maxBytes: number;
  readonly #held = new Map<Holder, number>();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Another bound, from the next bytes on. */
  configure(maxBytes: number): void {
    this.#maxBytes = maxBytes;
  }

  /** Kept now, by all of them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** `holder` keeps so many now; 0: none any more. */
  note(holder: Holder, bytes: number): void {
    const before = this.#held.get(holder) ?? 0;
    if (bytes === 0) this.#held.delete(holder);
    else this.#held.set(holder, bytes);
    this.#bytes += bytes - before;
    if (bytes > before && this.#bytes > this.#maxBytes) this.#letGo();
  }

  /** Closing tells of itself that nothing is kept any more. */
  #letGo(): void {
    while (this.#bytes > this.#maxBytes) {
      const holder = this.#largest();
      if (holder === undefined) return;
      holder.close('quota-exceeded', `kept most of what is unfinished on this node: limits.maxInboundBytes`);
    }
  }

  /** Of those that could have finished. */
  #largest(): Holder | undefined {
    let largest: Holder | undefined;
    let most = 0;
    for (const [holder, bytes] of this.#held) {
      if (bytes <= most || holder.isPaused) continue;
      largest = holder;
      most = bytes;
    }
    return largest;
  }
}
