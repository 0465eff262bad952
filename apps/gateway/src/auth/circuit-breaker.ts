/** When a server that fails is left alone, and when it is trusted again. */
export interface BreakerLimits {
  /** Failures in a row that open it. */
  readonly maxFailures: number;
  /** How long nothing is asked then, ms. */
  readonly resetTimeoutMs: number;
  /** Answers in a row that close it again, asked one at a time. */
  readonly halfOpenSuccess: number;
}

/** The breaker is open: nothing was asked. */
export class BreakerOpen extends Error {
  override readonly name = 'BreakerOpen';
}

type State = 'closed' | 'open' | 'half-open';

/**
 * Keeps a server that fails from being asked by everybody (Nygard, Release It!): after some failures in a row it is left
 * alone for a while, then asked by one at a time until it has answered often enough.
 */
export class CircuitBreaker {
  readonly #limits: BreakerLimits;
  readonly #monotonic: () => number;
  #state: State = 'closed';
  #failures = 0;
  #successes = 0;
  #openUntilMs = 0;
  #isProbing = false;

  /** @param monotonic ms */
  constructor(limits: BreakerLimits, monotonic: () => number) {
    this.#limits = limits;
    this.#monotonic = monotonic;
  }

  get state(): State {
    return this.#state === 'open' && this.#monotonic() >= this.#openUntilMs ? 'half-open' : this.#state;
  }

  /** Runs `work`, whose rejection counts as a failure. @throws BreakerOpen, or what `work` throws */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.#state = this.state;
    if (this.#state === 'open' || this.#isProbing) throw new BreakerOpen('the circuit breaker is open');
    const begunIn = this.#state;
    const isProbe = begunIn === 'half-open';
    if (isProbe) this.#isProbing = true;
    try {
      const result = await work();
      this.#ended(begunIn, true);
      return result;
    } catch (error) {
      this.#ended(begunIn, false);
      throw error;
    } finally {
      if (isProbe) this.#isProbing = false;
    }
  }

  /** What began before the state changed says nothing about it any more. */
  #ended(begunIn: State, isGood: boolean): void {
    if (this.#state !== begunIn) return;
    if (!isGood) this.#failed();
    else if (begunIn === 'closed') this.#failures = 0;
    else if (++this.#successes >= this.#limits.halfOpenSuccess) this.#become('closed');
  }

  #failed(): void {
    if (this.#state === 'closed' && ++this.#failures < this.#limits.maxFailures) return;
    this.#become('open');
    this.#openUntilMs = this.#monotonic() + this.#limits.resetTimeoutMs;
  }

  #become(state: State): void {
    this.#state = state;
    this.#failures = 0;
    this.#successes = 0;
  }
}
