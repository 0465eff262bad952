import type { RateMeter } from '../../admission/rates/metered.ts';
import type { RateLimit } from '../../admission/rates/rate-limit.ts';
import { Timed } from '../../connection/deadlines.ts';
import type { Pauses } from './pauses.ts';
import type { Story } from './story.ts';

export interface PaceServices {
  /** Monotonic ms. */
  readonly monotonic: () => number;
  readonly pauses: Pauses;
  readonly count: (limit: RateLimit) => void;
}

/**
 * How fast a session that returns is sent what had piled up for it. What is published meanwhile has to wait behind that, as
 * always; when the backlog is through, nothing limits the rest.
 */
export class ReplayPace extends Timed {
  /** More may be sent. */
  onGo: () => void = () => {};
  readonly #meters: readonly RateMeter[];
  readonly #services: PaceServices;
  readonly #storyOf: (limit: RateLimit) => Story | undefined;
  #waitsSinceMs: number | undefined;
  #waitsFor: RateMeter | undefined;

  constructor(
    meters: readonly RateMeter[],
    services: PaceServices,
    storyOf: (limit: RateLimit) => Story | undefined,
  ) {
    super();
    this.#meters = meters;
    this.#services = services;
    this.#storyOf = storyOf;
  }

  /** How many of `count` messages may be sent now. When none, `onGo` tells when to ask again. */
  allow(count: number): number {
    const nowMs = this.#services.monotonic();
    let allowed = count;
    for (const meter of this.#meters) {
      if (meter.limit.isObserved) continue;
      allowed = Math.min(allowed, Math.floor(meter.bucket.level(nowMs)));
      if (allowed <= 0) {
        this.#wait(meter, nowMs);
        return 0;
      }
    }
    return allowed;
  }

  /** One was sent. */
  sent(): void {
    const nowMs = this.#services.monotonic();
    for (const { limit, bucket } of this.#meters) {
      const waitMs = bucket.spend(1, nowMs);
      if (!limit.isObserved || waitMs === 0) continue;
      bucket.giveBack(1);
      this.#tell(limit, waitMs);
    }
  }

  override onDue(nowMs: number): void {
    this.#endWait(nowMs);
    this.onGo();
  }

  /** Nothing is sent any more, or nothing limits it. */
  end(): void {
    this.onGo = () => {};
    this.#services.pauses.disarm(this);
    this.#endWait(this.#services.monotonic());
  }

  #wait(meter: RateMeter, nowMs: number): void {
    if (this.#waitsSinceMs !== undefined) return;
    const waitMs = meter.bucket.waitMs(1, nowMs);
    this.#waitsSinceMs = nowMs;
    this.#waitsFor = meter;
    this.#tell(meter.limit, waitMs);
    this.#services.pauses.arm(this, waitMs);
  }

  #endWait(nowMs: number): void {
    if (this.#waitsSinceMs === undefined) return;
    const story = this.#storyOf(this.#waitsFor!.limit);
    if (story !== undefined) story.pausedMs += nowMs - this.#waitsSinceMs;
    this.#waitsSinceMs = undefined;
    this.#waitsFor = undefined;
  }

  #tell(limit: RateLimit, waitMs: number): void {
    this.#services.count(limit);
    this.#storyOf(limit)?.struck('pause', waitMs);
  }
}
