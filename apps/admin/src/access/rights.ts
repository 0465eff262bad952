import { roles, type Role } from '@tributary/protocol/admin-api';
import type { Clock } from '@tributary/runtime';
import type { Credential } from './credentials.ts';
import type { OperatorBook } from './operator-book.ts';
import type { Sessions } from './sessions.ts';
import type { SignedIn } from './signed-in.ts';

/** What rights are read from. */
export interface RightsSources {
  readonly book: OperatorBook;
  readonly sessions: Sessions;
  readonly clock: Clock;
}

/** Who a credential stands for and what they may do, as far as is known here now; undefined when nobody. */
export function rightsOf(sources: RightsSources, credential: Credential): SignedIn | undefined {
  const { kind, digest } = credential;
  return kind === 'session' ? ofSession(sources, digest) : ofToken(sources, digest);
}

function ofSession({ book, sessions }: RightsSources, digest: string): SignedIn | undefined {
  const session = sessions.held(digest);
  const operator = session === undefined ? undefined : book.page.operators.get(session.name);
  if (session === undefined || operator === undefined || operator.isDisabled) return undefined;
  if (operator.stamp !== session.stamp) return undefined;
  const { role, canReadPayload } = operator;
  return { name: session.name, role, canReadPayload, via: 'session' };
}

/** A token may do no more than its owner may now. */
function ofToken({ book, clock }: RightsSources, digest: string): SignedIn | undefined {
  const { operators, tokens } = book.page;
  const token = tokens.get(book.tokenIdOf(digest) ?? '');
  if (token === undefined) return undefined;
  if (token.expiresAt !== null && token.expiresAt <= clock.now()) return undefined;
  const owner = operators.get(token.owner);
  if (owner === undefined || owner.isDisabled) return undefined;
  return {
    name: token.owner,
    role: lesserRole(token.role, owner.role),
    canReadPayload: token.canReadPayload && owner.canReadPayload,
    via: 'token',
  };
}

function lesserRole(a: Role, b: Role): Role {
  return roles.indexOf(a) <= roles.indexOf(b) ? a : b;
}
