import type { FairLine } from '../../admission/rates/fair-line.ts';
import type { RateMeter } from '../../admission/rates/metered.ts';
import { Deadlines, type Timed } from '../../connection/deadlines.ts';

/** Resolution of pauses, ms: what comes too late is not lost, as the bucket fills meanwhile. */
export const pauseTickMs = 10;

/**
 * The one timer for all that waits for a rate: a wheel of ten milliseconds, and the lines for limits that devices share.
 * It runs only while somebody waits.
 */
export class Pauses {
  readonly #monotonic: () => number;
  readonly #wheel: Deadlines;
  /** Shared limits that somebody waits for. */
  readonly #lined = new Set<RateMeter & { readonly line: FairLine }>();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
    this.#wheel = new Deadlines(monotonic, pauseTickMs);
  }

  /** How many wait. */
  get size(): number {
    return this.#wheel.size;
  }

  /** Is told after `inMs`, by `onDue`. */
  arm(timed: Timed, inMs: number): void {
    this.#wheel.arm(timed, inMs);
    if (!this.#isStopped) this.#timer ??= setInterval(() => this.tick(), pauseTickMs);
  }

  disarm(timed: Timed): void {
    this.#wheel.disarm(timed);
  }

  /** Somebody stands in the line of `meter`, and has a deadline here too. */
  serve(meter: RateMeter): void {
    if (hasLine(meter)) this.#lined.add(meter);
  }

  /** Lets go on whose time has come. Called by the timer; by tests with a clock of their own. */
  tick(): void {
    for (const meter of this.#lined) {
      meter.line.serve(meter.bucket, this.#monotonic());
      if (meter.line.size === 0) this.#lined.delete(meter);
    }
    this.#wheel.tick();
    if (this.#wheel.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Nobody is told any more. */
  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

const hasLine = (meter: RateMeter): meter is RateMeter & { readonly line: FairLine } =>
  meter.line !== undefined;
