/** Lets so many pieces of work run at a time; the others wait, first come first served. */
export class Gate {
  readonly #width: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** `width`: pieces of work at a time, at least one. */
  constructor(width: number) {
    this.#width = width;
  }

  /** Whatever comes now has to wait. */
  get isFull(): boolean {
    return this.#running >= this.#width;
  }
  /** Pieces of work that wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Runs `work` when its turn comes; its result, or its error, is the caller's. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.isFull) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await work();
    } finally {
      // The place goes to who waits longest, in the next turn of the event loop: a server that answers as fast as it is asked
      // would else keep this turn going for as long as there is work.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else setImmediate(next);
    }
  }
}
