/** What one more deviation weighs in the jitter, as in RFC 6298. */
const jitterGain = 0.25;
const maxSamples = 1000;

/**
 * Round trips observed one by one, end to end. `median` of the last three for answers a library gives at once: one
 * straggler changes nothing, a second one everything. `least` for answers a device gives when it is done with its work.
 */
export class RoundTrips {
  /** Mean deviation between one and the next, ms; -1 until there were two. */
  jitterMs = -1;
  /** Observations so far. */
  samples = 0;
  /** Monotonic ms of the last one. */
  measuredAtMs = 0;
  readonly #kind: 'median' | 'least';
  #last = 0;
  #second = 0;
  #third = 0;

  constructor(kind: 'median' | 'least') {
    this.#kind = kind;
  }

  add(ms: number, nowMs: number): void {
    if (this.samples > 0) {
      const deviation = Math.abs(ms - this.#last);
      this.jitterMs =
        this.jitterMs < 0 ? deviation / 2 : this.jitterMs + (deviation - this.jitterMs) * jitterGain;
    }
    this.#third = this.samples > 1 ? this.#second : ms;
    this.#second = this.samples > 0 ? this.#last : ms;
    this.#last = ms;
    this.samples = Math.min(this.samples + 1, maxSamples);
    this.measuredAtMs = nowMs;
  }

  /** Milliseconds; -1 is not known. */
  get rttMs(): number {
    if (this.samples === 0) return -1;
    return this.#kind === 'least' ? this.leastMs : this.#median();
  }

  /** The shortest of the last three, ms. */
  get leastMs(): number {
    return Math.min(this.#last, this.#second, this.#third);
  }

  /** Whether `ms` is far from what was observed before: the link has changed, or there was a straggler. */
  isSurprising(ms: number): boolean {
    return this.samples > 0 && Math.abs(ms - this.rttMs) > Math.max(50, this.rttMs);
  }

  forget(): void {
    this.samples = 0;
    this.jitterMs = -1;
  }

  #median(): number {
    const { samples } = this;
    if (samples < 3) return (this.#last + this.#second) / 2;
    const most = Math.max(this.#last, this.#second, this.#third);
    return this.#last + this.#second + this.#third - most - this.leastMs;
  }
}
