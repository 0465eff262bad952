/** Takes what it can from `bytes[from, to)` and returns where it stopped. */
export interface Consumer {
  consume(bytes: Buffer, from: number, to: number): number;
}

/** Keeps the unfinished tail between reads, for a consumer of whole packets or frames. */
export class Carry {
  readonly #consumer: Consumer;
  #rest: Buffer | undefined;

  constructor(consumer: Consumer) {
    this.#consumer = consumer;
  }

  /** `bytes` may be overwritten after this returned: what is left over is copied. */
  feed(bytes: Buffer, from: number, to: number): void {
    if (this.#rest !== undefined) {
      const joined = Buffer.concat([this.#rest, bytes.subarray(from, to)]);
      this.#rest = undefined;
      this.#take(joined, 0, joined.length);
      return;
    }
    this.#take(bytes, from, to);
  }

  #take(bytes: Buffer, from: number, to: number): void {
    const stop = this.#consumer.consume(bytes, from, to);
    if (stop < to) this.#rest = Buffer.from(bytes.subarray(stop, to));
  }
}
