import type { Registry } from 'prom-client';
import type { Counters } from '../counters.ts';
import { metricKinds } from './metric-kinds.ts';

/** Figures of where connections come from. */
export interface SourceFigures {
  readonly addressCount: number;
  readonly prefixCount: number;
  readonly greeting: number;
  readonly securing: number;
}

/** Metrics of sources: what is refused of them is in `tributary_throttled_total` and `tributary_connects_refused_total`. */
export function registerSourceMetrics(
  registry: Registry,
  figures: SourceFigures,
  counters: Pick<Counters, 'forwardedIgnored'>,
): void {
  const { gauge, gauges, total } = metricKinds(registry);
  gauges('tributary_sources', 'Addresses and blocks of addresses something is known of', 'kind', () => [
    ['address', figures.addressCount],
    ['prefix', figures.prefixCount],
  ]);
  gauge('tributary_unauthenticated_connections', 'Connections that are not in yet', () => figures.greeting);
  gauge('tributary_tls_handshakes', 'TLS handshakes in progress', () => figures.securing);
  total(
    'tributary_forwarded_ignored_total',
    'Requests that named a device and were not believed, as they came from no trusted proxy',
    () => counters.forwardedIgnored,
  );
}
