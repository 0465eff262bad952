import type { CertificateFiles, TlsVersion } from '@tributary/runtime';
import type { OcspSettings } from './ocsp/ocsp.ts';
import type { RevocationSettings } from './revocations.ts';

/** Whether clients are asked for a certificate. One that is shown must be good, asked for or required. */
export type ClientCertificate = 'none' | 'request' | 'require';

/** TLS of one listener. */
export interface TlsSettings extends CertificateFiles {
  readonly minVersion: TlsVersion;
  /** Authorities of clients, PEM. */
  readonly caFile?: string | undefined;
  /** Undefined: required where there is a `caFile`. */
  readonly clientCertificate?: ClientCertificate | undefined;
  readonly crl?: RevocationSettings | undefined;
  readonly ocsp?: OcspSettings | undefined;
  /** What the nodes of a cluster make their ticket keys of; undefined: each has its own. */
  readonly ticketKeyFile?: string | undefined;
  /** How long a client may come back without a full handshake. */
  readonly ticketLifetimeSeconds: number;
}

export const clientCertificateOf = ({ clientCertificate, caFile }: TlsSettings): ClientCertificate =>
  clientCertificate ?? (caFile === undefined ? 'none' : 'require');
