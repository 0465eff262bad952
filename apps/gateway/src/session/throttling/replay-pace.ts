import type { Waiter } from '../../admission/rates/fair-line.ts';
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

/** A session waits for what its rate allows in so long, ms: each time it goes on, Redis is asked once. */
const batchMs = 250;
/** Who stands in line keeps its place; the wheel turns for it. */
const inLineMs = 1000;

/**
 * How fast a session that returns is sent what had piled up for it. What is published meanwhile has to wait behind that, as
 * always; when the backlog is through, nothing limits the rest. What all sessions share is given in turns.
 */
export class ReplayPace extends Timed implements Waiter {
  /** More may be sent. */
  onGo: () => void = () => {};
  readonly #meters: readonly RateMeter[];
  readonly #services: PaceServices;
  readonly #storyOf: (limit: RateLimit) => Story | undefined;
  #waitsFor: RateMeter | undefined;
  #waitsSinceMs = 0;
  /** What it may take of the shared limit, as its turn has come. */
  #turn = 0;
  /** Allowed, paid for, and not sent yet. */
  #reserved = 0;

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
    if (this.#waitsFor !== undefined) return 0;
    this.#giveBack();
    const nowMs = this.#services.monotonic();
    let allowed = count;
    for (const meter of this.#enforced()) {
      allowed = Math.min(allowed, this.#left(meter, nowMs));
      if (allowed > 0) continue;
      this.#wait(meter, nowMs);
      return 0;
    }
    this.#turn = 0;
    for (const { bucket } of this.#enforced()) bucket.spend(allowed, nowMs);
    this.#reserved = allowed;
    return allowed;
  }

  /** One was sent. */
  sent(): void {
    this.#reserved--;
    for (const { limit, bucket } of this.#meters) {
      if (!limit.isObserved) continue;
      const waitMs = bucket.spend(1, this.#services.monotonic());
      if (waitMs === 0) continue;
      bucket.giveBack(1);
      this.#tell(limit, waitMs);
    }
  }

  onTurn(turn: number): void {
    // A turn is one message at the least.
    this.#turn = Math.max(1, turn);
    this.#endWait();
    this.onGo();
  }

  override onDue(): void {
    if (this.#waitsFor?.line !== undefined) return this.#services.pauses.arm(this, inLineMs);
    this.#endWait();
    this.onGo();
  }

  /** Nothing is sent any more, or nothing limits it. */
  end(): void {
    this.onGo = () => {};
    this.#endWait();
    this.#giveBack();
  }

  #enforced(): readonly RateMeter[] {
    return this.#meters.filter(({ limit }) => !limit.isObserved);
  }

  /** Whole messages a limit has for it now. */
  #left({ bucket, line }: RateMeter, nowMs: number): number {
    if (line === undefined || this.#turn === 0) {
      const othersWait = line !== undefined && line.size > 0;
      return othersWait ? 0 : Math.floor(bucket.level(nowMs));
    }
    return Math.floor(this.#turn);
  }

  /** What was allowed and could not be sent. */
  #giveBack(): void {
    if (this.#reserved > 0) for (const { bucket } of this.#enforced()) bucket.giveBack(this.#reserved);
    this.#reserved = 0;
  }

  #wait(meter: RateMeter, nowMs: number): void {
    const { pauses } = this.#services;
    const { bucket, line, limit } = meter;
    this.#turn = 0;
    this.#waitsFor = meter;
    this.#waitsSinceMs = nowMs;
    const batch = Math.max(1, Math.min(limit.burst, (limit.perSecond * batchMs) / 1000));
    const waitMs = bucket.waitMs(line === undefined ? batch : 1, nowMs);
    this.#tell(limit, waitMs);
    line?.join(this);
    pauses.arm(this, line === undefined ? waitMs : inLineMs);
    pauses.serve(meter);
  }

  #endWait(): void {
    const meter = this.#waitsFor;
    if (meter === undefined) return;
    this.#waitsFor = undefined;
    this.#services.pauses.disarm(this);
    meter.line?.leave(this);
    const story = this.#storyOf(meter.limit);
    if (story !== undefined) story.pausedMs += this.#services.monotonic() - this.#waitsSinceMs;
  }

  #tell(limit: RateLimit, waitMs: number): void {
    this.#services.count(limit);
    this.#storyOf(limit)?.struck('pause', waitMs);
  }
}
