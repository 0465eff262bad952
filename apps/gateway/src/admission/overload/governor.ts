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

/** What the governor goes by. */
export interface Situation {
  /** The worst signal as a share of the limits at which bulk devices pay, and of those at which standard ones do. */
  readonly early: Pressure;
  readonly severe: Pressure;
  /** Devices of the class are being held back by their pace, and would send more. */
  readonly isHoldingBulk: boolean;
  readonly isHoldingStandard: boolean;
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

/** Steps that cost devices nobody called unimportant: they need a node in serious trouble. */
const severeSteps: ReadonlySet<OverloadStep> = new Set(['slow-standard', 'critical-only']);

/** Whether the step is taken only in serious trouble. */
export const isSevere = (step: OverloadStep): boolean => severeSteps.has(step);

/**
 * Moves the ladder, one step at a time and never two within a dwell time. A step is taken after `raiseMs` at the limit and
 * taken back after `lowerMs` below a lower mark; between the two nothing moves, and no class goes unslowed while its pace
 * still holds somebody back: the calm is the pace's doing. A step that is taken again as soon as it was taken back was
 * taken back too early: each time that happens the way down becomes twice as slow, up to eight times, until the node has
 * been calm for as long. Pure: time and signals are arguments.
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
  look(situation: Situation, nowMs: number): Transition | undefined {
    const above = pressureOf(stepBeside(this.#step, 1), situation);
    if (above.value >= 1) {
      this.#lowSinceMs = undefined;
      return this.#high(above, nowMs);
    }
    this.#highSinceMs = undefined;
    const here = pressureOf(this.#step, situation);
    if (here.value < this.#limits.lowerBelow && !isHolding(this.#step, situation))
      return this.#low(here, nowMs);
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
      if (nowMs - this.#loweredMs >= this.#limits.lowerMs * mostPatience) this.#patience = 1;
      return undefined;
    }
    this.#lowSinceMs ??= nowMs;
    if (nowMs - this.#lowSinceMs < this.#limits.lowerMs * this.#patience) return undefined;
    const from = this.#step;
    const to = stepBeside(from, -1);
    this.#lowSinceMs = nowMs;
    this.#loweredMs = nowMs;
    this.#step = to;
    if (to === 'normal') this.#reason = undefined;
    return { from, to, pressure };
  }
}

const pressureOf = (step: OverloadStep, { early, severe }: Situation): Pressure =>
  isSevere(step) ? severe : early;

/** Whether taking the step back would let loose what it holds. */
function isHolding(step: OverloadStep, { isHoldingBulk, isHoldingStandard }: Situation): boolean {
  return (step === 'slow-bulk' && isHoldingBulk) || (step === 'slow-standard' && isHoldingStandard);
}
