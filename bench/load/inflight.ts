const free = 0;
const published = 1;
const received = 2;

/**
 * The unacknowledged messages of one device in two small arrays. Message n has the packet id `(n−1) mod 65535 + 1`
 * and the slot `(n−1) mod size`, so an acknowledgement finds its message without a map, and no message is sent while
 * the one `size` before it is open.
 */
export class Inflight {
  /** Number of the last message that was begun; the first is 1. */
  last = 0;
  /** Messages begun and not settled. */
  open = 0;
  readonly #sentAt: Float64Array;
  readonly #states: Uint8Array;

  /** @param size most messages in flight, 1–65535. */
  constructor(size: number) {
    this.#sentAt = new Float64Array(size);
    this.#states = new Uint8Array(size);
  }

  hasRoom(limit: number): boolean {
    return this.open < limit && this.#states[this.last % this.#states.length] === free;
  }

  /** Takes the next number; ask `hasRoom` first. @returns n. */
  begin(nowMs: number): number {
    const slot = this.last % this.#states.length;
    this.#states[slot] = published;
    this.#sentAt[slot] = nowMs;
    this.open++;
    return ++this.last;
  }

  /** @returns the open message with this packet id, or 0. */
  find(packetId: number): number {
    const back = (packetIdOf(this.last) - packetId + 65_535) % 65_535;
    const n = this.last - back;
    return n > 0 && back < this.#states.length && this.#states[this.#slot(n)] !== free ? n : 0;
  }

  sentAt(n: number): number {
    return this.#sentAt[this.#slot(n)]!;
  }

  /** PUBREC came. @returns false when it had come before. */
  receive(n: number): boolean {
    const slot = this.#slot(n);
    if (this.#states[slot] === received) return false;
    this.#states[slot] = received;
    return true;
  }

  isReceived(n: number): boolean {
    return this.#states[this.#slot(n)] === received;
  }

  settle(n: number): void {
    this.#states[this.#slot(n)] = free;
    this.open--;
  }

  /** The open messages, oldest first. */
  unsettled(): number[] {
    const open: number[] = [];
    for (let n = Math.max(1, this.last - this.#states.length + 1); n <= this.last; n++) {
      if (this.#states[this.#slot(n)] !== free) open.push(n);
    }
    return open;
  }

  #slot(n: number): number {
    return (n - 1) % this.#states.length;
  }
}

export const packetIdOf = (n: number): number => ((n - 1) % 65_535) + 1;
