import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { peerCertificate } from './certificate-facts.ts';
import { certificateFailure, type HandshakeFailure } from './handshake-failure.ts';
import type { PeerCertificate } from './peer-certificate.ts';
import type { Revocations } from './revocations.ts';
import type { ClientCertificate } from './tls-settings.ts';

/** Who may come in, judged when the handshake is done. */
export interface ClientRules {
  readonly wanted: ClientCertificate;
  readonly revocations: Revocations | undefined;
  /** Unix ms. */
  readonly now: number;
}

export type ClientVerdict =
  | { readonly failure: HandshakeFailure }
  /** Undefined: it showed none, and need not. */
  | { readonly certificate: PeerCertificate | undefined };

/**
 * Judges the client of a finished handshake. OpenSSL has verified the chain, but only in a full handshake: a client that comes
 * back with a ticket is believed what it showed then, so dates and revocation are looked at here, each time.
 */
export function checkClient(socket: TLSSocket, rules: ClientRules): ClientVerdict {
  if (rules.wanted === 'none') return { certificate: undefined };
  if (!isShown(socket))
    return rules.wanted === 'require' ? { failure: 'no-certificate' } : { certificate: undefined };
  // Before anything is made of what it sent.
  if (!socket.authorized) return { failure: certificateFailure(socket) };
  const peer = socket.getPeerCertificate(true);
  const certificate = peerCertificate(peer);
  const failure = standingOf(peer, certificate, rules);
  return failure === undefined ? { certificate } : { failure };
}

/** What stands against a certificate of a good chain now. */
function standingOf(
  peer: DetailedPeerCertificate,
  certificate: PeerCertificate,
  { revocations, now }: ClientRules,
): HandshakeFailure | undefined {
  if (now >= certificate.expiresAt) return 'certificate-expired';
  if (now < Date.parse(peer.valid_from)) return 'certificate-not-yet-valid';
  const status = revocations?.statusOf(certificate.chain, now) ?? 'good';
  if (revocations?.refuses(status) !== true) return undefined;
  return status === 'revoked' ? 'certificate-revoked' : 'revocation-unknown';
}

/** Node answers an empty object where there is none. */
const isShown = (socket: TLSSocket): boolean => Object.hasOwn(socket.getPeerCertificate(false), 'raw');
