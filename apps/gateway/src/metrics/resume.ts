import type { Registry } from 'prom-client';
import { metricKinds } from './metric-kinds.ts';

/** Metrics of devices that come back by a key. */
export function registerResumeMetrics(
  registry: Registry,
  resume: { readonly outcomes: Iterable<[string, number]> },
): void {
  metricKinds(registry).totals(
    'tributary_resumes_total',
    'Answers of devices that came back by a key',
    'outcome',
    () => resume.outcomes,
  );
}
