/** Where time comes from. Passed in, so that tests move it. */
export interface Clock {
  /** Wall-clock time, Unix milliseconds, whole. May jump when the host's clock is set. */
  now(): number;
  /** Milliseconds since an arbitrary moment, with fractions. Never goes back: durations are measured with it. */
  monotonic(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

/** A clock that stands still until it is told to move. */
export class ManualClock implements Clock {
  #nowMs: number;
  #monotonicMs = 0;

  constructor(nowMs = 1_700_000_000_000) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  /** Lets `ms` pass on both clocks. @throws RangeError for a negative span: time does not go back. */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`a clock cannot advance by ${ms} ms`);
    this.#nowMs += ms;
    this.#monotonicMs += ms;
  }

  /** Sets the wall clock alone, as an operator or NTP may do to a host at any time. */
  setWallClock(nowMs: number): void {
    this.#nowMs = nowMs;
  }
}
