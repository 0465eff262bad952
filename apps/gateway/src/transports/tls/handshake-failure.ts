import type { TLSSocket } from 'node:tls';

/** Why a TLS connection came to nothing: stable names, the label of the metric and the field of the log. */
export const handshakeFailures = [
  'timeout',
  'reset',
  'not-tls',
  'protocol-version',
  'no-shared-cipher',
  'peer-alert',
  'no-certificate',
  'untrusted-certificate',
  'certificate-expired',
  'certificate-not-yet-valid',
  'certificate-revoked',
  'revocation-unknown',
  'other',
] as const;
export type HandshakeFailure = (typeof handshakeFailures)[number];

/** Codes Node gives to what OpenSSL says, and to sockets. */
const byCode: Readonly<Record<string, HandshakeFailure>> = {
  ERR_TLS_HANDSHAKE_TIMEOUT: 'timeout',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ERR_SSL_HTTP_REQUEST: 'not-tls',
  ERR_SSL_HTTPS_PROXY_REQUEST: 'not-tls',
  ERR_SSL_WRONG_VERSION_NUMBER: 'not-tls',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'protocol-version',
  ERR_SSL_VERSION_TOO_LOW: 'protocol-version',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'protocol-version',
  ERR_SSL_NO_SHARED_CIPHER: 'no-shared-cipher',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'no-certificate',
  CERT_HAS_EXPIRED: 'certificate-expired',
  CERT_NOT_YET_VALID: 'certificate-not-yet-valid',
};

/** Names what Node says of a handshake that failed. */
export function failureOf(error: Error & { code?: string }, socket: TLSSocket): HandshakeFailure {
  // A certificate that was refused leaves its reason here; the error says only that the socket is gone.
  if (hasRefusedCertificate(socket)) return certificateFailure(socket);
  const code = error.code ?? '';
  return byCode[code] ?? (code.includes('ALERT') ? 'peer-alert' : 'other');
}

/** What OpenSSL has against a client certificate. */
export const certificateFailure = ({ authorizationError }: TLSSocket): HandshakeFailure =>
  byCode[String(authorizationError)] ?? 'untrusted-certificate';

const hasRefusedCertificate = ({ authorizationError }: TLSSocket): boolean =>
  typeof authorizationError === 'string' && authorizationError !== '';
