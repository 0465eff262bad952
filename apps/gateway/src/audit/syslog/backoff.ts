const firstMs = 1000;
const longestMs = 30_000;

/** Pauses between attempts: doubling from 1 s to 30 s, each drawn between half of it and the whole. */
export class Backoff {
  readonly #random: () => number;
  #failures = 0;

  /** @param random 0 ≤ x < 1 */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** It worked: the next failure is the first again. */
  reset(): void {
    this.#failures = 0;
  }

  /** How long to wait after a failure, ms. */
  nextMs(): number {
    const wholeMs = Math.min(longestMs, firstMs * 2 ** Math.min(this.#failures++, 16));
    return (wholeMs * (1 + this.#random())) / 2;
  }
}
