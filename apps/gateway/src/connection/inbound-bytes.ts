import type { CloseReason } from '@tributary/protocol';

/** A connection, as far as it keeps bytes that were read and not taken yet. */
export interface Holder {
  /** It is in, and this node has stopped reading it: it cannot finish what it keeps. */
  readonly isHeldBack: boolean;
  close(reason: CloseReason, detail: string): void;
}

/** What reading brings before a pause takes hold: so much of what a device cannot finish is not its doing. */
const sparedBytes = 128 * 1024;
/** So much of the bound is made free at a time, as finding who keeps the most costs a look at all of them. */
const freedShare = 1 / 64;

/**
 * What all connections of a node keep of unfinished packets and frames, and of what pauses hold back, in a bound. Above it
 * whoever keeps the most is let go: a device that is in order keeps little, and not for long. What little is kept of those
 * held back does not count: else a crowd that is slowed down would cost those their connection who are in the middle of a packet.
 */
export class InboundBytes {
  #bytes = 0;
  /** Of these, what counts. */
  #counted = 0;
  #maxBytes: number;
  /** Below zero: it does not count. */
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

  /** `holder` keeps so many now, or is held back now or no longer; 0: none any more. */
  note(holder: Holder, bytes: number): void {
    const before = this.#held.get(holder) ?? 0;
    const isSpared = holder.isHeldBack && bytes <= sparedBytes;
    if (bytes === 0) this.#held.delete(holder);
    else this.#held.set(holder, isSpared ? -bytes : bytes);
    this.#bytes += bytes - Math.abs(before);
    const grown = (isSpared ? 0 : bytes) - Math.max(0, before);
    this.#counted += grown;
    if (grown > 0 && this.#counted > this.#maxBytes) this.#letGo();
  }

  /** Those that keep the most. Closing tells of itself that nothing is kept any more. */
  #letGo(): void {
    const enough = this.#maxBytes * (1 - freedShare);
    const counted = [...this.#held].filter(([, bytes]) => bytes > 0);
    for (const [holder] of counted.sort(([, one], [, other]) => other - one)) {
      if (this.#counted <= enough) return;
      holder.close('quota-exceeded', 'kept most of what is unfinished on this node: limits.maxInboundBytes');
    }
  }
}
