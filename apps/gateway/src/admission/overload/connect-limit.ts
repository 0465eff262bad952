import { TokenBucket } from '../token-bucket.ts';

export interface ConnectBounds {
  /** Connects per second the limit never falls below, and never rises above. */
  readonly least: number;
  readonly most: number;
}

/** From this share of a signal's limit on fewer are let in: before the ladder has to move. */
const fewerFrom = 0.5;
/** Multiplicative decrease, and the share of `most` that is added in a quiet second: from the least to the most in 20 s. */
const decrease = 0.7;
const increase = 0.05;
const adaptMs = 1000;
const keptShare = 0.25;
/** So that one can be taken beside what is kept. */
const leastBurst = 2;
/** Whom nothing turns away is paid for by the others, for so many bursts at the most: some seconds, whatever came. */
const mostDebtBursts = 1;

/**
 * How many connects a node takes per second: additive increase, multiplicative decrease (Chiu and Jain 1989), by how near
 * the event loop and Redis are to their limits. Starts at the most.
 */
export class ConnectLimit {
  #bounds: ConnectBounds;
  #perSecond: number;
  #adaptedMs: number;
  /** Somebody was turned away, or nearly, since it was last adapted. */
  #isUsed = false;
  readonly #bucket: TokenBucket;

  /** @param nowMs monotonic, as everywhere here */
  constructor(bounds: ConnectBounds, nowMs: number) {
    this.#bounds = bounds;
    this.#perSecond = bounds.most;
    this.#adaptedMs = nowMs;
    this.#bucket = new TokenBucket(bounds.most, Math.max(leastBurst, bounds.most), nowMs);
  }

  /** In force. */
  get perSecond(): number {
    return this.#perSecond;
  }

  /** Whether one more may come in now. The last quarter is for devices that ask for the session they have. */
  take(isResuming: boolean, nowMs: number): boolean {
    this.#isUsed = true;
    const kept = isResuming ? 0 : this.#bucket.burst * keptShare;
    return this.#bucket.level(nowMs) >= kept + 1 && this.#bucket.take(1, nowMs);
  }

  /** One comes in whom nothing turns away: the others wait for it. */
  spend(nowMs: number): void {
    this.#isUsed = true;
    this.#bucket.spend(1, nowMs);
    this.#forgive(nowMs);
  }

  configure(bounds: ConnectBounds, nowMs: number): void {
    this.#bounds = bounds;
    this.#setTo(this.#perSecond, nowMs);
  }

  /** Once a second, by the higher share of its limit of loop delay and Redis latency. */
  adapt(pressure: number, nowMs: number): void {
    if (nowMs - this.#adaptedMs < adaptMs) return;
    this.#adaptedMs = nowMs;
    // Connects that do not come cannot be what is too much.
    if (pressure >= fewerFrom && this.#isUsed) this.#setTo(this.#perSecond * decrease, nowMs);
    else if (pressure < fewerFrom) this.#setTo(this.#perSecond + this.#bounds.most * increase, nowMs);
    this.#isUsed = false;
  }

  #setTo(perSecond: number, nowMs: number): void {
    const { least, most } = this.#bounds;
    this.#perSecond = Math.min(most, Math.max(least, perSecond));
    // A burst of a second's worth, so that a fleet that comes back at once is not held up by single milliseconds.
    this.#bucket.configure(this.#perSecond, Math.max(leastBurst, this.#perSecond), nowMs);
    this.#forgive(nowMs);
  }

  /** A debt made at a higher limit would outlast the storm by far at a low one. */
  #forgive(nowMs: number): void {
    const mostDebt = this.#bucket.burst * mostDebtBursts;
    const excess = -this.#bucket.level(nowMs) - mostDebt;
    if (excess > 0) this.#bucket.giveBack(excess);
  }
}
