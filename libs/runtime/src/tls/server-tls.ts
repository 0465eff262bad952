import { constants } from 'node:crypto';
import type { SecureVersion } from 'node:tls';

/** Lowest versions that may be asked for; what is older is broken. */
export const tlsVersions = ['TLSv1.2', 'TLSv1.3'] as const satisfies readonly SecureVersion[];
export type TlsVersion = (typeof tlsVersions)[number];

/**
 * Forward secret and authenticated, all of them, so the peer may choose: one without AES in hardware knows best what it does
 * fast. The first three are TLS 1.3 (RFC 8446 appendix B.4), the rest are what is left of 1.2 (RFC 9325 section 4.2).
 */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** What every server of ours speaks, from `minVersion` on. Renegotiation of 1.2 is off: it only costs. */
export const serverTls = (minVersion: TlsVersion) => ({
  minVersion,
  ciphers,
  honorCipherOrder: false,
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
});
