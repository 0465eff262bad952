import type { CloseReason } from '@tributary/protocol';

/** A connection, as far as it keeps bytes that were read and not taken yet. */
export interface Holder {
  /** Its reading is stopped by this node: it cannot finish what it keeps. */
  readonly isPaused: boolean;
  close(reason: CloseReason, detail: string): void;
}

/** What reading brings before a pause takes hold: so much of what a device cannot finish is not its doing. */
const sparedBytes = 128 * 1024;
/** So much of the bound is made free at a time, as finding who keeps the most costs a look at all of them. */
const freedShare = 1 / 64;

/**
 * What all connections of a node keep of unfinished packets and frames, and of what pauses hold back, in a bound. Above it
 * whoever keeps the most is let go: a device that is in order keeps little, and not for long. What little paused ones keep
 * does not count: else a crowd that is slowed down would cost those their connection who are in the middle of a packet.
 */
export class InboundBytes {
  #bytes = 0;
  #maxBytes: number;
  /** So much may come before it is worth another look. */
  #unlookedBytes = 0;
  readonly #held = new Map<Holder, number>();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Another bound, from the next bytes on. */
  configure(maxBytes: number): void {
    this.#maxBytes = maxBytes;
    this.#unlookedBytes = 0;
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
    if (bytes <= before) return;
    this.#unlookedBytes -= bytes - before;
    if (this.#bytes > this.#maxBytes && this.#unlookedBytes <= 0) this.#look();
  }

  #look(): void {
    const counted = [...this.#held].filter(counts);
    const bytes = counted.reduce((sum, [, own]) => sum + own, 0);
    const freeBytes = this.#maxBytes * freedShare;
    const left = bytes > this.#maxBytes ? letGo(counted, bytes, this.#maxBytes - freeBytes) : bytes;
    // Still above it: of what does not count.
    this.#unlookedBytes = this.#bytes > this.#maxBytes ? Math.max(freeBytes, this.#maxBytes - left) : 0;
  }
}

type Held = readonly [holder: Holder, bytes: number];

const counts = ([holder, bytes]: Held): boolean => !holder.isPaused || bytes > sparedBytes;

/** Those that keep the most, until no more than `enough` is left. Closing tells of itself that nothing is kept any more. */
function letGo(counted: Held[], bytes: number, enough: number): number {
  let left = bytes;
  for (const [holder, own] of counted.sort(([, one], [, other]) => other - one)) {
    if (left <= enough) break;
    left -= own;
    holder.close('quota-exceeded', 'kept most of what is unfinished on this node: limits.maxInboundBytes');
  }
  return left;
}
