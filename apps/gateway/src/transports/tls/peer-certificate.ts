import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { CertificateFacts } from '../../certificate-facts.ts';

/** How revocation lists name a certificate: by who issued it and its number (RFC 5280 section 5.1.2.6). */
export interface IssuerAndSerial {
  /** `nameKey` of the issuer. */
  readonly issuerKey: string;
  /** The bytes of the serial number, one character each. */
  readonly serialKey: string;
}

/** A certificate that was shown and verified, with what it takes to ask later whether it was revoked. */
export interface PeerCertificate extends CertificateFacts {
  /** Itself first, then the authorities it came with, as far as they lead up from it. */
  readonly chain: readonly IssuerAndSerial[];
}

/** Kept beside the sockets, because a socket passes through Node's HTTP server on its way to a WebSocket. */
const shown = new WeakMap<Socket, PeerCertificate>();

/** Notes what a socket showed; called once it is verified, before anybody else sees the socket. */
export function rememberCertificate(socket: Socket, certificate: PeerCertificate): void {
  shown.set(socket, certificate);
}

/** The verified certificate of the peer; undefined when it showed none, or was not asked. */
export const certificateOf = (socket: Socket): PeerCertificate | undefined => shown.get(socket);

/** Whether what passes is encrypted between the peer and this process. */
export const isEncrypted = (socket: Socket): boolean => socket instanceof TLSSocket;
