import { serviceClasses } from '@tributary/protocol';
import type { UplinkBatch } from './batch.ts';

export interface ClassShares {
  /** Weight of each class, by rank; each at least 1. */
  readonly weights: readonly number[];
  /** A flush holds about so many bytes at the most while devices of several classes are here. */
  readonly flushBytes: number;
}

/** An eighth of a flush: what is sent in one piece is what the shares are exact to. */
export const piecesInFlush = 8;

const ranks = serviceClasses.map((_, rank) => rank);

/**
 * Gives each of several queues its share of a flush by deficit round robin (M. Shreedhar and G. Varghese, 1995): by bytes, a
 * batch at a time; what a queue may send and its next batch is too large for, it keeps for later.
 */
export class DeficitRoundRobin {
  readonly #queues: readonly UplinkBatch[][];
  readonly #deficits = ranks.map(() => 0);
  readonly #taken: readonly UplinkBatch[][] = ranks.map(() => []);
  /** There may be deficits. */
  #isBegun = false;

  constructor(queues: readonly UplinkBatch[][]) {
    this.#queues = queues;
  }

  /** One queue is alone: nobody is owed anything. */
  forget(): void {
    if (!this.#isBegun) return;
    this.#isBegun = false;
    this.#deficits.fill(0);
  }

  /**
   * Appends what the queues may send now to `flush`, the most important first: rounds until it is full, at least one. Each
   * gives every queue that has something its share to spend.
   */
  take(shares: ClassShares, flush: UplinkBatch[]): void {
    const { weights, flushBytes } = shares;
    this.#isBegun = true;
    let bytes = 0;
    let weight = this.#waitingWeight(weights);
    do {
      const round = Math.max(flushBytes - bytes, flushBytes / piecesInFlush);
      for (const rank of ranks) bytes += this.#spend(rank, (round * weights[rank]!) / weight);
      weight = this.#waitingWeight(weights);
    } while (bytes < flushBytes && weight > 0);
    for (const batches of this.#taken) {
      for (const batch of batches) flush.push(batch);
      batches.length = 0;
    }
  }

  #waitingWeight(weights: readonly number[]): number {
    let sum = 0;
    for (const rank of ranks) if (this.#queues[rank]!.length > 0) sum += weights[rank]!;
    return sum;
  }

  /** Takes what a queue may send with so many bytes more. @returns the bytes it sends */
  #spend(rank: number, quantum: number): number {
    const queue = this.#queues[rank]!;
    let deficit = this.#deficits[rank]! + quantum;
    let bytes = 0;
    while (queue.length > 0 && queue[0]!.byteLength <= deficit) {
      const batch = queue.shift()!;
      deficit -= batch.byteLength;
      bytes += batch.byteLength;
      this.#taken[rank]!.push(batch);
    }
    // Who has nothing to send saves nothing up.
    this.#deficits[rank] = queue.length === 0 ? 0 : deficit;
    return bytes;
  }
}
