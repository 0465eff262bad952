import type { Registry } from 'prom-client';
import { metricKinds } from './metric-kinds.ts';

/** Figures of the audit log. */
export interface AuditFigures {
  /** Kind → events told. */
  readonly told: Iterable<[string, number]>;
  readonly coalesced: number;
  /** Sink → lines lost. */
  dropped(): Iterable<[string, number]>;
  /** Sink → bytes that wait. */
  waitingBytes(): Iterable<[string, number]>;
}

/** Metrics of the audit log. */
export function registerAuditMetrics(registry: Registry, audit: AuditFigures): void {
  const { gauges, total, totals } = metricKinds(registry);
  totals('tributary_audit_events_total', 'Audit events told', 'kind', () => audit.told);
  total(
    'tributary_audit_coalesced_total',
    'Audit events without a line of their own, counted in that of another',
    () => audit.coalesced,
  );
  totals('tributary_audit_dropped_total', 'Audit lines lost for want of room', 'sink', () => audit.dropped());
  gauges('tributary_audit_waiting_bytes', 'Audit lines that wait to be written, bytes', 'sink', () =>
    audit.waitingBytes(),
  );
}
