import { createHash } from 'node:crypto';
import type { CloseReason } from '@tributary/protocol';
import type { Identity } from '../admission/identity.ts';

/** A device could not show who it is: what bans and budgets of its source are told. */
export interface AuthFailure {
  /** Real address, without the port. */
  readonly address: string;
  readonly clientId: string;
  /** As `countedUser` says it. */
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

/** No user has a longer name; of those no more is looked at than this. */
const maxCountedLength = 1024;
/** As many hex digits of a digest as tell names apart. */
const digestDigits = 32;

/**
 * The name failures of a user are counted and banned under: its own, or a digest where that may not stand in a log. Else
 * whoever tries passwords of a long name had each of them counted for another client id.
 */
export function countedUser(user: string | undefined): string | undefined {
  if (user === undefined) return undefined;
  const digest = (): string => createHash('sha256').update(user.slice(0, maxCountedLength)).digest('hex');
  return sayableUser(user) ?? `sha256:${digest().slice(0, digestDigits)}`;
}
