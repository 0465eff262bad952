import type { ServerCertificate } from '@tributary/runtime';
import type { HandshakeFailure } from './handshake-failure.ts';

/** What a listener's TLS has to tell. */
export interface TlsEvents {
  /** A handshake is done and its client may come in. */
  onHandshake(listener: string, isResumed: boolean): void;
  /** It came to nothing. `detail` is the code OpenSSL or Node gives it. */
  onFailure(listener: string, address: string, failure: HandshakeFailure, detail: string): void;
  /** Changed files are in force, for connections from now on. */
  onRenewed(listener: string, certificate: ServerCertificate): void;
  /** Changed files, or a revocation list, are not taken; what was in force goes on. */
  onTrouble(listener: string, place: string, error: Error): void;
  /** Certificates may be revoked that were not before: everybody connected here is to be looked at. */
  onRevoked(listener: string): void;
  /** A newer revocation list was fetched, which other nodes may not have. */
  onFetched(listener: string): void;
}

/** How the certificate of a listener stands. */
export interface ListenerCertificate {
  readonly listener: string;
  /** Unix ms. */
  readonly validFrom: number;
  /** Unix ms. */
  readonly expiresAt: number;
  /** Why newer files or revocation lists are not in force; undefined when they are. */
  readonly trouble: string | undefined;
  /** Unix ms at which the first revocation list is out of date; Infinity without lists. */
  readonly revocationsDue: number;
}
