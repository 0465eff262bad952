import type { Registry } from 'prom-client';
import { metricKinds } from './metric-kinds.ts';

/** Figures of what operators ask of this node. */
export interface OperationsFigures {
  /** Outcome → how many orders ended so. */
  readonly orders: () => Iterable<[string, number]>;
  readonly bans: { readonly count: number; readonly automaticCount: number };
  readonly tracedConnections: () => number;
  /** Since the start. */
  readonly traceEventsDropped: () => number;
}

/** Metrics of operators' orders, bans and traces. */
export function registerOperationsMetrics(registry: Registry, figures: OperationsFigures): void {
  const { gauge, total, totals } = metricKinds(registry);
  totals('tributary_orders_total', "Operators' orders answered", 'outcome', figures.orders);
  gauge('tributary_bans', 'Client ids, users, addresses and networks kept out', () => figures.bans.count);
  gauge('tributary_bans_automatic', 'Of those: made by nodes themselves', () => figures.bans.automaticCount);
  gauge('tributary_traced_connections', 'Connections traces look at', figures.tracedConnections);
  total('tributary_trace_events_dropped_total', 'Events of traces left out', figures.traceEventsDropped);
}
