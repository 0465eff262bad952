import type { TokenBucket } from '../token-bucket.ts';

/** Somebody who waits for a limit it shares with others. */
export interface Waiter {
  /** Its turn has come: so much may it take before it goes to the end again. */
  onTurn(turn: number): void;
}

/**
 * Those who wait for one shared bucket, first come first served, each turn an equal part of what there is: who sends most
 * gets no more than the others who wait, and nobody is passed over. No timer of its own: somebody calls `serve` now and then.
 */
export class FairLine {
  readonly #waiting = new Set<Waiter>();

  get size(): number {
    return this.#waiting.size;
  }

  /** Goes to the end; who waits already keeps its place. */
  join(waiter: Waiter): void {
    this.#waiting.add(waiter);
  }

  leave(waiter: Waiter): void {
    this.#waiting.delete(waiter);
  }

  /** Gives turns while the bucket is out of debt, one at the most to each who waits now. */
  serve(bucket: TokenBucket, nowMs: number): void {
    const turn = bucket.level(nowMs) / this.#waiting.size;
    for (let left = this.#waiting.size; left > 0 && bucket.level(nowMs) >= 0; left--) {
      const [first] = this.#waiting;
      if (first === undefined) return;
      this.#waiting.delete(first);
      first.onTurn(turn);
    }
  }
}
