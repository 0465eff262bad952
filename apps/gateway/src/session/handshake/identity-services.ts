import type { CloseReason } from '@tributary/protocol';
import { anonymous, type Identity } from '../../admission/identity.ts';
import type { AuthFailure, AuthSuccess } from '../../auth/auth-failure.ts';
import type { Credentials } from '../../auth/authenticator.ts';
import type { Judged } from '../../auth/chain.ts';
import type { Binding } from '../../config/auth-words.ts';
import type { Session } from '../session.ts';

/** How the handshake finds out who a device is, and whom it tells. */
export interface IdentityServices {
  /** What client id a user may use. */
  readonly binding: () => Binding;
  /** Who shows these credentials; answers at once where nobody has to be asked. Never rejects. */
  readonly authenticate: (credentials: Credentials) => Judged | Promise<Judged>;
  /** Whether an operator has disabled the device, whoever vouches for it. */
  readonly isDisabled: (clientId: string) => boolean;
  /** Whether its authenticator does not know it any more: that may be while it is on its way in. */
  readonly isGone: (identity: Identity) => boolean;
  readonly onProven: (success: AuthSuccess) => void;
  readonly onFailed: (failure: AuthFailure) => void;
  /** Ends the session for `reason` at that time (Unix ms), unless it has ended before. */
  readonly endAt: (session: Session, at: number, reason: CloseReason) => void;
}

/** Everybody is let in, as nobody in particular. */
export const openDoor: IdentityServices = {
  binding: () => 'none',
  authenticate: () => ({ by: 'anonymous', verdict: { kind: 'accepted', identity: anonymous } }),
  isDisabled: () => false,
  isGone: () => false,
  onProven: () => {},
  onFailed: () => {},
  endAt: () => {},
};

/** The earlier end of what a device has shown: no identity outlives the certificate it came with. */
export function withCertificate(identity: Identity, certificate: Identity['certificate']): Identity {
  if (certificate === undefined) return identity;
  const expiresAt = Math.min(identity.expiresAt ?? Infinity, certificate.expiresAt);
  return { ...identity, certificate, expiresAt };
}
