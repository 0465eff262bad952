import { type OverloadStep, overloadSteps, type ServiceClass } from '@tributary/protocol';

/** What a step asks of the devices of one class. Critical devices are asked nothing at any step. */
export interface StepRules {
  /** Their messages are taken at a pace. */
  readonly isSlowed: boolean;
  /** Of their messages at QoS 0 only the latest of a topic is kept, and what finds no room is dropped. */
  readonly isShed: boolean;
  /** No more of them are let in, but for those that ask for the session they have. */
  readonly isRefused: boolean;
}

const free: StepRules = { isSlowed: false, isShed: false, isRefused: false };
const slowed: StepRules = { ...free, isSlowed: true };
const all: StepRules = { isSlowed: true, isShed: true, isRefused: true };

const bulk: Record<OverloadStep, StepRules> = {
  'normal': free,
  'slow-bulk': slowed,
  'shed-bulk': { ...slowed, isShed: true },
  'refuse-bulk': all,
  'slow-standard': all,
  'critical-only': all,
};

const standard: Record<OverloadStep, StepRules> = {
  'normal': free,
  'slow-bulk': free,
  'shed-bulk': free,
  'refuse-bulk': free,
  'slow-standard': slowed,
  'critical-only': { ...slowed, isRefused: true },
};

/** What `step` asks of devices of a class. */
export function rulesOf(step: OverloadStep, serviceClass: ServiceClass): StepRules {
  switch (serviceClass) {
    case 'critical':
      return free;
    case 'standard':
      return standard[step];
    case 'bulk':
      return bulk[step];
  }
}

/** The step above or below; the first and the last have nothing beyond. */
export function stepBeside(step: OverloadStep, by: 1 | -1): OverloadStep {
  return overloadSteps[overloadSteps.indexOf(step) + by] ?? step;
}
