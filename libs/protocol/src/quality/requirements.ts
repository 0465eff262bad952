import type { Cause, ServiceClass } from './vocabulary.ts';

/** What a cause may cost: nothing up to `free`, all its `points` from `full` on, in proportion in between. */
export interface Allowance {
  free: number;
  full: number;
  points: number;
}

/** `rtt` and `jitter` in milliseconds, `loss` and `stalls` as ratios, `flaps` and `errors` as events in an hour. */
export type Requirement = Readonly<Record<Cause, Readonly<Allowance>>>;

/** Every constant has its reason and its source in docs/quality.md. */
export const requirements: Readonly<Record<ServiceClass, Requirement>> = {
  critical: {
    rtt: { free: 80, full: 250, points: 80 },
    jitter: { free: 20, full: 50, points: 20 },
    loss: { free: 0.001, full: 0.05, points: 50 },
    flaps: { free: 0, full: 6, points: 70 },
    errors: { free: 0, full: 10, points: 50 },
    stalls: { free: 0.1, full: 0.5, points: 50 },
  },
  standard: {
    rtt: { free: 100, full: 400, points: 70 },
    jitter: { free: 20, full: 100, points: 15 },
    loss: { free: 0.005, full: 0.1, points: 35 },
    flaps: { free: 1, full: 12, points: 60 },
    errors: { free: 0, full: 20, points: 40 },
    stalls: { free: 0.1, full: 0.5, points: 40 },
  },
  bulk: {
    rtt: { free: 400, full: 2_000, points: 40 },
    jitter: { free: 100, full: 500, points: 10 },
    loss: { free: 0.01, full: 0.2, points: 30 },
    flaps: { free: 3, full: 30, points: 50 },
    errors: { free: 2, full: 40, points: 30 },
    stalls: { free: 0.2, full: 0.9, points: 30 },
  },
};

/** The requirement of a device's class by its stored name; `standard` where the name is not one of ours. */
export function requirementOf(className: string): Requirement {
  return Object.hasOwn(requirements, className)
    ? requirements[className as ServiceClass]
    : requirements.standard;
}
