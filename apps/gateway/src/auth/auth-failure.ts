import type { CloseReason } from '@tributary/protocol';
import type { Identity } from '../admission/identity.ts';

/** A device could not show who it is: what bans and budgets of its source are told. */
export interface AuthFailure {
  /** Real address, without the port. */
  readonly address: string;
  readonly clientId: string;
  /** As it was named, cut short; undefined too where it looks like a secret typed into the wrong field. */
  readonly user: string | undefined;
  /** Who refused it; `chain` when nobody knew it. */
  readonly authenticator: string;
  readonly reason: CloseReason;
}

/** A device has shown who it is. */
export interface AuthSuccess {
  readonly address: string;
  readonly clientId: string;
  readonly identity: Identity;
}

/** Longest user name that is written anywhere, characters. */
const maxSaidLength = 64;

/** A user name as it may stand in a log: nothing long, and no token that was sent as one. */
export function sayableUser(user: string | undefined): string | undefined {
  if (user === undefined || user.length > maxSaidLength) return undefined;
  return /^eyJ|\p{Cc}/u.test(user) ? undefined : user;
}
