import { TokenBucket } from '../token-bucket.ts';

export interface PaceLimits {
  /** Messages per second of all slowed devices together, whatever happens: their minimum share. */
  readonly least: number;
}

const decrease = 0.7;
const increase = 1.15;
const adaptMs = 1000;
/** What slowed devices keep of what the node took: less would not relieve it, whatever else it is short of. */
const keptShare = 0.1;
/** What may come at once: a twentieth of a second's worth. */
const burstShare = 0.05;
/** What is taken beyond the pace, so that nobody waits too long, is owed for so long at the most, ms. */
const mostDebtMs = 1000;
/** Above it a pace is none. */
const mostPerSecond = 1e9;

/**
 * How many messages per second are taken from all slowed devices together. Begins at half of what the node takes; falls by
 * three tenths a second while it is short of something, and rises by three twentieths while it is not.
 */
export class Pace {
  #limits: PaceLimits;
  #least = 0;
  /** 0: nobody is slowed. */
  #perSecond = 0;
  #adaptedMs = 0;
  /** The highest since it was last adapted. */
  #worst = 0;
  readonly #bucket = new TokenBucket(1, 1, 0);

  constructor(limits: PaceLimits) {
    this.#limits = limits;
  }

  get perSecond(): number {
    return this.#perSecond;
  }

  /** Slowing begins. @param nodePerSecond messages the node took per second until now; @param nowMs monotonic */
  begin(nodePerSecond: number, nowMs: number): void {
    this.#adaptedMs = nowMs;
    this.#worst = 0;
    this.#least = nodePerSecond * keptShare;
    this.#setTo(nodePerSecond / 2, nowMs);
  }

  /** Nobody is slowed any more. */
  end(): void {
    this.#perSecond = 0;
  }

  configure(limits: PaceLimits): void {
    this.#limits = limits;
  }

  /** Takes one message. For how long nothing more should be taken, ms; 0: go on. */
  spend(nowMs: number): number {
    const debtMs = this.#bucket.spend(1, nowMs);
    if (debtMs <= mostDebtMs) return debtMs;
    this.#bucket.giveBack(1);
    return mostDebtMs;
  }
  /** In how many ms something may be taken again. */
  waitMs(nowMs: number): number {
    return this.#bucket.debtMs(nowMs);
  }

  /** Once a second, by the highest pressure in it. @param pressure share of its limit of the worst signal; @param lowerBelow where relief begins */
  adapt(pressure: number, lowerBelow: number, nowMs: number): void {
    if (this.#perSecond === 0) return;
    if (pressure > this.#worst) this.#worst = pressure;
    if (nowMs - this.#adaptedMs < adaptMs) return;
    this.#adaptedMs = nowMs;
    if (this.#worst >= 1) this.#setTo(this.#perSecond * decrease, nowMs);
    else if (this.#worst < lowerBelow) this.#setTo(this.#perSecond * increase, nowMs);
    this.#worst = 0;
  }

  #setTo(perSecond: number, nowMs: number): void {
    this.#perSecond = Math.min(mostPerSecond, Math.max(this.#limits.least, this.#least, perSecond));
    this.#bucket.configure(this.#perSecond, Math.max(1, this.#perSecond * burstShare), nowMs);
  }
}
