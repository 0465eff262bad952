import type { CloseReason } from '@tributary/protocol';
import type { Identity } from '../admission/identity.ts';
import type { CertificateFacts } from '../certificate-facts.ts';

/** What a device shows when it asks to come in. The bytes of a password are the authenticator's to forget. */
export interface Credentials {
  /** As it asked to be called; assigned ids are in here already. */
  readonly clientId: string;
  /** The id was made up by the gateway. */
  readonly isAssigned: boolean;
  readonly user: string | undefined;
  readonly password: Buffer | undefined;
  readonly certificate: CertificateFacts | undefined;
  /** Its real address, without the port. */
  readonly address: string;
  readonly listener: string;
  readonly protocol: string;
  readonly isEncrypted: boolean;
}

/**
 * `pass`: these credentials are none of this authenticator's, the next one is asked. A refusal ends the chain: who knows the
 * user and not the password must not be let in by a laxer authenticator behind it.
 */
export type Verdict = Decision | { readonly kind: 'pass' };

/** What becomes of a device. `detail` is for the log: never anything the device sent. */
export type Decision =
  | { readonly kind: 'accepted'; readonly identity: Identity }
  | { readonly kind: 'refused'; readonly reason: CloseReason; readonly detail: string };

/** One way of finding out who a device is. */
export interface Authenticator {
  /** Its name in the configuration, metrics and the audit. */
  readonly name: string;
  /** Never rejects for what a device sent. A rejection is a fault of ours and refuses the device: it fails closed. */
  authenticate(credentials: Credentials): Verdict | Promise<Verdict>;
  /** Whether somebody it let in would be let in still, as far as it knows without asking anybody; absent: it cannot tell. */
  vouchesFor?(identity: Identity): boolean;
  /** Whether what somebody showed it before is in force still, so that it need not be shown again; absent: it cannot tell. */
  isInForce?(identity: Identity): boolean | Promise<boolean>;
  /** Devices that wait for their turn; absent: none ever does. */
  readonly waiting?: number;
  /** Whether its server is left alone because it fails; absent: it has none. */
  isServerDown?(): boolean;
  /** The credential of the device's own it let somebody in with: when that is replaced or deleted, the session ends. */
  credentialOf?(identity: Identity): string | undefined;
  /** Brings it up: reads its files, opens its connections. @throws when a file cannot be read */
  start?(): Promise<void>;
  /** Idempotent. */
  stop?(): void;
}
