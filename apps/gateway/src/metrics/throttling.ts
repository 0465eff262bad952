import { Counter, type Registry } from 'prom-client';
import { metricKinds } from './metric-kinds.ts';

/** Figures of limits that are asked for. */
export interface ThrottlingFigures {
  readonly counts: {
    /** `[scope, reason, count]`. */
    of(kind: 'enforced' | 'observed'): Iterable<[scope: string, reason: string, count: number]>;
  };
  /** Connections and replays that wait for a rate now. */
  readonly waiting: number;
}

/** Metrics of limits on rates and connections: what they did, and what those that only watch would have done. */
export function registerThrottlingMetrics(registry: Registry, figures: ThrottlingFigures): void {
  const { gauge } = metricKinds(registry);
  byScope(registry, 'tributary_throttled_total', 'Pauses, refusals and closes by limits', () =>
    figures.counts.of('enforced'),
  );
  byScope(
    registry,
    'tributary_would_throttle_total',
    'Pauses, refusals and closes by limits, had they not only watched',
    () => figures.counts.of('observed'),
  );
  gauge('tributary_throttled_waiting', 'Connections and replays that wait for a rate', () => figures.waiting);
}

function byScope(
  registry: Registry,
  name: string,
  help: string,
  read: () => Iterable<[scope: string, reason: string, count: number]>,
): void {
  new Counter({
    name,
    help,
    registers: [registry],
    labelNames: ['scope', 'reason'],
    collect() {
      this.reset();
      for (const [scope, reason, count] of read()) this.inc({ scope, reason }, count);
    },
  });
}
