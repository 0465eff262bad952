import { TokenBucket } from '../token-bucket.ts';
import { FairLine } from './fair-line.ts';
import type { RateLimit } from './rate-limit.ts';

/** A limit, and how much of it is used. */
export interface RateMeter {
  limit: RateLimit;
  readonly bucket: TokenBucket;
  /** Those who wait for it; undefined where the limit is one device's own. */
  readonly line: FairLine | undefined;
}

/** The limits of one subject and what it has used of them. */
export class Metered {
  meters: readonly RateMeter[] = [];
  readonly #isShared: boolean;

  /** `isShared`: several devices use it, and wait in line for it. */
  constructor(limits: readonly RateLimit[], isShared: boolean, nowMs: number) {
    this.#isShared = isShared;
    this.configure(limits, nowMs);
  }

  /** Other limits hold from now on; what was used of a rule that stays is remembered. */
  configure(limits: readonly RateLimit[], nowMs: number): void {
    const known = new Map(this.meters.map((meter) => [meter.limit.rule, meter]));
    this.meters = limits.map((limit) => {
      const meter = known.get(limit.rule);
      if (meter === undefined) return this.#meter(limit, nowMs);
      meter.limit = limit;
      meter.bucket.configure(limit.perSecond, limit.burst, nowMs);
      return meter;
    });
  }

  /** Nothing is used: a new one would be the same. */
  isUnused(nowMs: number): boolean {
    return this.meters.every(({ bucket }) => bucket.level(nowMs) >= bucket.burst);
  }

  #meter(limit: RateLimit, nowMs: number): RateMeter {
    const bucket = new TokenBucket(limit.perSecond, limit.burst, nowMs);
    return { limit, bucket, line: this.#isShared ? new FairLine() : undefined };
  }
}
