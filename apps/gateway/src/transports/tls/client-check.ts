import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { peerCertificate } from './certificate-facts.ts';
import { certificateFailure, type HandshakeFailure } from './handshake-failure.ts';
import type { PeerCertificate } from './peer-certificate.ts';
import type { RevocationCheck } from './revocation-check.ts';
import type { ClientCertificate } from './tls-settings.ts';

export type ClientVerdict =
  | { readonly failure: HandshakeFailure }
  /** Undefined: it showed none, and need not. */
  | { readonly certificate: PeerCertificate | undefined };

/**
 * Judges the client of a finished handshake. OpenSSL has verified the chain, but only in a full handshake: a client that comes
 * back with a ticket is believed what it showed then, so dates and revocation are looked at here, each time.
 * @param now Unix ms
 */
export function checkClient(
  socket: TLSSocket,
  wanted: ClientCertificate,
  revocations: RevocationCheck,
  now: number,
): ClientVerdict {
  if (wanted === 'none') return { certificate: undefined };
  if (!isShown(socket))
    return wanted === 'require' ? { failure: 'no-certificate' } : { certificate: undefined };
  // Before anything is made of what it sent.
  if (!socket.authorized) return { failure: certificateFailure(socket) };
  const peer = socket.getPeerCertificate(true);
  const certificate = readable(peer);
  if (certificate === undefined) return { failure: 'untrusted-certificate' };
  if (now >= certificate.expiresAt) return { failure: 'certificate-expired' };
  if (now < Date.parse(peer.valid_from)) return { failure: 'certificate-not-yet-valid' };
  const failure = revocations.byLists(certificate);
  return failure === undefined ? { certificate } : { failure };
}

/** OpenSSL reads more than we do: keys of other kinds, for one. What cannot be told is not believed. */
function readable(peer: DetailedPeerCertificate): PeerCertificate | undefined {
  try {
    return peerCertificate(peer);
  } catch {
    return undefined;
  }
}

/** Node answers an empty object where there is none. */
const isShown = (socket: TLSSocket): boolean => Object.hasOwn(socket.getPeerCertificate(false), 'raw');
