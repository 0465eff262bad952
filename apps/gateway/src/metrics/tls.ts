import type { Registry } from 'prom-client';
import { metricKinds } from './metric-kinds.ts';

/** What is counted of TLS since the start. */
export interface TlsTotals {
  /** Handshakes finished, by whether the client came back with a ticket. */
  readonly full: number;
  readonly resumed: number;
  /** Reason → how many connections came to nothing. */
  readonly failures: Iterable<[string, number]>;
  readonly renewals: number;
  readonly troubles: number;
  readonly revoked: number;
}

/** A listener with TLS; times are Unix ms, Infinity is never. */
interface CertificateTimes {
  readonly listener: string;
  readonly expiresAt: number;
  readonly revocationsDue: number;
}

/** Metrics of TLS: handshakes, and how long certificates and revocation lists last. */
export function registerTlsMetrics(
  registry: Registry,
  counts: TlsTotals,
  certificates: () => readonly CertificateTimes[],
): void {
  const { total, totals, gauges } = metricKinds(registry);
  totals('tributary_tls_handshakes_total', 'TLS handshakes finished', 'kind', () => [
    ['full', counts.full],
    ['resumed', counts.resumed],
  ]);
  totals(
    'tributary_tls_handshakes_failed_total',
    'TLS connections that came to nothing',
    'reason',
    () => counts.failures,
  );
  total('tributary_tls_renewals_total', 'Changed TLS files taken', () => counts.renewals);
  total(
    'tributary_tls_troubles_total',
    'Changed TLS files and revocation lists not taken',
    () => counts.troubles,
  );
  total(
    'tributary_certificates_revoked_total',
    'Connections ended because their certificate was revoked',
    () => counts.revoked,
  );
  gauges(
    'tributary_certificate_expiry_seconds',
    'Unix time at which the certificate of a listener expires',
    'listener',
    () => certificates().map(({ listener, expiresAt }) => [listener, expiresAt / 1000]),
  );
  gauges(
    'tributary_revocation_list_due_seconds',
    'Unix time at which the first revocation list of a listener is out of date',
    'listener',
    () =>
      certificates()
        .filter(({ revocationsDue }) => Number.isFinite(revocationsDue))
        .map(({ listener, revocationsDue }) => [listener, revocationsDue / 1000]),
  );
}
