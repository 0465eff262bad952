import { TokenBucket } from '../token-bucket.ts';
import type { SourceKey } from './source-key.ts';

/** Limits of one source, as numbers. */
export interface SourceLimits {
  /** Connections per second, and how many of them at once. */
  readonly perSecond: number;
  readonly burst: number;
  /** At a time. */
  readonly connections: number;
  readonly unauthenticated: number;
  readonly tlsHandshakes: number;
}

/** How a source earns budget. */
export interface EarnRule {
  readonly max: number;
  readonly halfLifeMs: number;
}

/** Over so many seconds those who earned a source its budget may each connect once more. */
const spreadSeconds = 60;

/** What is known of one address, or of one block of them. */
export class SourceEntry {
  readonly key: SourceKey;
  open = 0;
  /** Of those, not in yet. */
  greeting = 0;
  /** Of those, in their TLS handshake. */
  securing = 0;
  /** Neighbours among the entries without connections; kept by the table. */
  previous: SourceEntry | undefined;
  next: SourceEntry | undefined;
  readonly #bucket: TokenBucket;
  /** Connections an authenticator vouches for. */
  #vouched = 0;
  /** Most of them at a time, as it was at `#markAt`. */
  #mark = 0;
  #markAt = 0;

  constructor(key: SourceKey, limits: SourceLimits, nowMs: number) {
    this.key = key;
    this.#bucket = new TokenBucket(limits.perSecond, limits.burst, nowMs);
  }

  /**
   * By how many connections its limits are higher than those of a stranger: as many as it has had open at a time that an
   * authenticator vouched for. Once they are gone that halves with each half-life.
   */
  earned({ max, halfLifeMs }: EarnRule, nowMs: number): number {
    if (this.#mark === 0) return 0;
    return Math.min(max, Math.max(this.#vouched, Math.round(this.#fadedMark(halfLifeMs, nowMs))));
  }

  /** Whether it has shown anything that is worth remembering. */
  get hasEarned(): boolean {
    return this.#mark > 0;
  }

  /** Whether another connection is within its rate. */
  hasToken(limits: SourceLimits, earned: number, nowMs: number): boolean {
    this.#bucket.configure(limits.perSecond + earned / spreadSeconds, limits.burst + earned, nowMs);
    return this.#bucket.level(nowMs) >= 1;
  }

  takeToken(nowMs: number): void {
    this.#bucket.take(1, nowMs);
  }

  vouchedFor(by: 1 | -1, { halfLifeMs }: EarnRule, nowMs: number): void {
    // Before one leaves, too: the mark fades from when they were last here.
    if (by === 1) this.#vouched++;
    const faded = this.#fadedMark(halfLifeMs, nowMs);
    this.#mark = Math.max(this.#vouched, faded);
    this.#markAt = nowMs;
    if (by === -1) this.#vouched--;
  }

  #fadedMark(halfLifeMs: number, nowMs: number): number {
    return this.#mark * 0.5 ** (Math.max(0, nowMs - this.#markAt) / halfLifeMs);
  }
}
