import { type OverloadSignal, type OverloadStep } from '@tributary/protocol';
import { stepBeside } from './ladder.ts';
import type { Pressure } from './signals.ts';

export interface GovernorLimits {
  /** How long a signal must stand at its limit before the next step is taken, ms. */
  readonly raiseMs: number;
  /** How long all signals must stand below `lowerBelow` before a step is taken back, ms. */
  readonly lowerMs: number;
  /** Share of the limit, 0 to 1. */
  readonly lowerBelow: number;
}

/** A step was taken or taken back. */
export interface Transition {
  readonly from: OverloadStep;
  readonly to: OverloadStep;
  /** The worst signal at that moment, as a share of its limit. */
  readonly pressure: Pressure;
}

/** Most that `lowerMs` grows by while the ladder goes up and down. */
const mostPatience = 8;

/**
 * Moves the ladder, one step at a time and never two within a dwell time. A step is taken after `raiseMs` at the limit and
 * taken back after `lowerMs` below a lower mark; between the two nothing moves. A step that is taken again as soon as it
 * was taken back was taken back too early: each time that happens the way down becomes twice as slow, up to eight times,
 * until the node has been calm for as long. Pure: time and signals are arguments.
 */
export class Governor {
  #limits: GovernorLimits;
  #step: OverloadStep = 'normal';
  #reason: OverloadSignal | undefined;
  #patience = 1;
  /** Monotonic ms since when the signals say up, or down; undefined while they do not. */
  #highSinceMs: number | undefined;
  #lowSinceMs: number | undefined;
  #loweredMs = -Infinity;
  #calmSinceMs = -Infinity;

  constructor(limits: GovernorLimits) {
    this.#limits = limits;
  }

  get step(): OverloadStep {
    return this.#step;
  }
  /** What the last step up was taken for; undefined when nothing is wrong. */
  get reason(): OverloadSignal | undefined {
    return this.#reason;
  }

  configure(limits: GovernorLimits): void {
    this.#limits = limits;
  }

  /** What the signals say now; answers the step that is taken for it, if any. @param nowMs monotonic */
  look(pressure: Pressure, nowMs: number): Transition | undefined {
    if (pressure.value >= 1) {
      this.#lowSinceMs = undefined;
      return this.#high(pressure, nowMs);
    }
    this.#highSinceMs = undefined;
    if (pressure.value < this.#limits.lowerBelow) return this.#low(pressure, nowMs);
    this.#lowSinceMs = undefined;
    return undefined;
  }

  #high(pressure: Pressure, nowMs: number): Transition | undefined {
    this.#highSinceMs ??= nowMs;
    if (nowMs - this.#highSinceMs < this.#limits.raiseMs) return undefined;
    const from = this.#step;
    const to = stepBeside(from, 1);
    if (to === from) return undefined;
    const wasTooEarly = nowMs - this.#loweredMs < this.#limits.lowerMs * this.#patience;
    if (wasTooEarly) this.#patience = Math.min(mostPatience, this.#patience * 2);
    this.#highSinceMs = nowMs;
    this.#reason = pressure.signal;
    this.#step = to;
    return { from, to, pressure };
  }

  #low(pressure: Pressure, nowMs: number): Transition | undefined {
    if (this.#step === 'normal') {
      this.#forgetOscillation(nowMs);
      return undefined;
    }
    this.#lowSinceMs ??= nowMs;
    if (nowMs - this.#lowSinceMs < this.#limits.lowerMs * this.#patience) return undefined;
    const from = this.#step;
    const to = stepBeside(from, -1);
    this.#lowSinceMs = nowMs;
    this.#loweredMs = nowMs;
    this.#calmSinceMs = nowMs;
    this.#step = to;
    if (to === 'normal') this.#reason = undefined;
    return { from, to, pressure };
  }

  #forgetOscillation(nowMs: number): void {
    if (nowMs - this.#calmSinceMs >= this.#limits.lowerMs * mostPatience) this.#patience = 1;
  }
}
