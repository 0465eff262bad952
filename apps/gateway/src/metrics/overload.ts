import type { Registry } from 'prom-client';
import { metricKinds } from './metric-kinds.ts';

/** Figures of the overload ladder. */
export interface OverloadFigures {
  /** Place of the step in the ladder; 0 is normal. */
  readonly stepIndex: () => number;
  /** Step → how often it was come to. */
  readonly transitions: () => Iterable<[string, number]>;
  /** Signal → share of the limit at which bulk devices pay, and of that at which standard ones do. */
  readonly shares: () => Iterable<[string, number]>;
  readonly severeShares: () => Iterable<[string, number]>;
  /** `step` or `connect-limit` → devices turned away. */
  readonly refused: () => Iterable<[string, number]>;
  readonly connectsPerSecond: () => number;
  /** Class → messages per second that are taken of it; 0 while it is not slowed. */
  readonly paces: () => Iterable<[string, number]>;
  /** Class → connections that wait for their turn. */
  readonly waiting: () => Iterable<[string, number]>;
  readonly pauses: () => number;
  readonly heldBytes: () => number;
}

/** Metrics of the overload ladder. */
export function registerOverloadMetrics(registry: Registry, figures: OverloadFigures): void {
  const { gauge, gauges, total, totals } = metricKinds(registry);
  gauge(
    'tributary_overload_step',
    'Step of the overload ladder: 0 normal to 5 critical-only',
    figures.stepIndex,
  );
  totals(
    'tributary_overload_transitions_total',
    'How often the ladder came to each step',
    'to',
    figures.transitions,
  );
  gauges(
    'tributary_overload_signal',
    'Signals as a share of overload.signals: from 1 on bulk devices pay',
    'signal',
    figures.shares,
  );
  gauges(
    'tributary_overload_severe_signal',
    'Signals as a share of overload.severe: from 1 on standard devices pay',
    'signal',
    figures.severeShares,
  );
  totals(
    'tributary_overload_refused_total',
    'Devices turned away, or in observe mode counted as such, by the step or the connect limit',
    'by',
    figures.refused,
  );
  gauge('tributary_connect_limit', 'Connects per second the node takes now', figures.connectsPerSecond);
  gauges(
    'tributary_overload_pace',
    'Messages per second taken of a slowed class; 0 while it is not slowed',
    'class',
    figures.paces,
  );
  gauges(
    'tributary_overload_waiting',
    'Slowed connections that wait for their turn',
    'class',
    figures.waiting,
  );
  total('tributary_overload_pauses_total', 'Pauses of slowed connections', figures.pauses);
  gauge('tributary_overload_held_bytes', 'Latest messages held of shed devices, bytes', figures.heldBytes);
}
