/**
 * A token bucket that may fall into debt (RFC 2697 in spirit: what came is counted, also where it was too much). Numbers
 * only and nothing allocated after it is made; time is an argument, ms of any clock. A clock that stands still or goes back
 * refills nothing, and a gap of any length fills no further than the burst.
 */
export class TokenBucket {
  #perMs: number;
  #burst: number;
  #level: number;
  #atMs: number;

  /** Full at first. `perSecond` and `burst` above 0. */
  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
    this.#level = burst;
    this.#atMs = nowMs;
  }

  /** Most that can be taken at once. */
  get burst(): number {
    return this.#burst;
  }
  get perSecond(): number {
    return this.#perMs * 1000;
  }

  /** What can be taken now; below 0 it is in debt. */
  level(nowMs: number): number {
    const passedMs = nowMs - this.#atMs;
    this.#atMs = nowMs;
    if (passedMs > 0) this.#level = Math.min(this.#burst, this.#level + passedMs * this.#perMs);
    return this.#level;
  }

  /** Takes all of `count`, or nothing. */
  take(count: number, nowMs: number): boolean {
    if (this.level(nowMs) < count) return false;
    this.#level -= count;
    return true;
  }

  /**
   * Takes `count` whether it is there or not. For how long it is in debt then, ms; 0: it is not. Of a price above the burst
   * the debt is what is missing, so that anything can be paid for in time.
   */
  spend(count: number, nowMs: number): number {
    this.#level = this.level(nowMs) - count;
    return this.#level < 0 ? -this.#level / this.#perMs : 0;
  }

  /** Gives back what was taken for something that did not happen. */
  giveBack(count: number): void {
    this.#level = Math.min(this.#burst, this.#level + count);
  }

  /** For how long it is in debt, ms; 0: it is not. */
  debtMs(nowMs: number): number {
    const level = this.level(nowMs);
    return level < 0 ? -level / this.#perMs : 0;
  }

  /** In how many ms `count` can be taken; Infinity: never, as it is above the burst. */
  waitMs(count: number, nowMs: number): number {
    if (count > this.#burst) return Infinity;
    return Math.max(0, (count - this.level(nowMs)) / this.#perMs);
  }

  /** Takes another rate and burst; what is there stays, up to the new burst, and a debt stays one. */
  configure(perSecond: number, burst: number, nowMs: number): void {
    this.#level = Math.min(burst, this.level(nowMs));
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
  }
}
