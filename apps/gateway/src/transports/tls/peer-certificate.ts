import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** What a verified client certificate says of whoever showed it. */
export interface CertificateFacts {
  /** Common name of the subject; '' when it has none, or more than one. */
  readonly commonName: string;
  /** Subject alternative names: `DNS:…`, `URI:…`, `email:…`, `IP Address:…`. */
  readonly alternativeNames: readonly string[];
  /** SHA-256 of the certificate, 64 lower-case hexadecimal digits. */
  readonly fingerprint: string;
  /** SHA-256 of its SubjectPublicKeyInfo (RFC 7469 section 2.4), base64. */
  readonly spki: string;
  /** Serial number, upper-case hexadecimal digits without leading zeros. */
  readonly serial: string;
  /** Issuer in one line, as the certificate names it. */
  readonly issuer: string;
  /** Unix ms. */
  readonly expiresAt: number;
}

/** How revocation lists name a certificate: by who issued it and its number (RFC 5280 section 5.1.2.6). */
export interface CertificateName {
  /** `nameKey` of the issuer. */
  readonly issuerKey: string;
  /** The bytes of the serial number, one character each. */
  readonly serialKey: string;
}

/** A certificate that was shown and verified, with what it takes to ask later whether it was revoked. */
export interface PeerCertificate extends CertificateFacts {
  /** Itself first, then the authorities it came with, as far as they lead up from it. */
  readonly chain: readonly CertificateName[];
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
