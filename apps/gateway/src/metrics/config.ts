import type { Registry } from 'prom-client';
import { metricKinds } from './metric-kinds.ts';

/** Figures of the configuration a node runs with. */
export interface ConfigFigures {
  /** Outcome → how often the file was read again with it. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Keys whose new value waits for a restart. */
  readonly restartRequired: readonly string[];
  /** Why the file is not in force. */
  readonly problems: readonly string[];
}

/** Metrics of the configuration and its changes. */
export function registerConfigMetrics(registry: Registry, figures: ConfigFigures): void {
  const { gauge, totals } = metricKinds(registry);
  totals('tributary_config_reloads_total', 'Times the configuration was read again', 'outcome', () =>
    Object.entries(figures.outcomes),
  );
  gauge(
    'tributary_config_restart_required',
    'Keys whose value in the file differs from the one in force until a restart',
    () => figures.restartRequired.length,
  );
  gauge('tributary_config_in_force', '0 while the file is refused or was taken back', () =>
    figures.problems.length === 0 ? 1 : 0,
  );
}
