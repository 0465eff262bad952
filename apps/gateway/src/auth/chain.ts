import type { Authenticator, Credentials, Decision, Verdict } from './authenticator.ts';

/** What one authenticator said, for the metrics. */
export interface Asked {
  readonly authenticator: string;
  /** `accepted`, `refused` or `pass`. */
  readonly outcome: string;
  /** Code of the close reason; empty when it did not refuse. */
  readonly reason: string;
  readonly seconds: number;
}

/** An answer, as it is counted. */
export function askedOf(authenticator: string, verdict: Verdict, seconds = 0): Asked {
  return {
    authenticator,
    outcome: verdict.kind,
    reason: verdict.kind === 'refused' ? verdict.reason : '',
    seconds,
  };
}

/** A verdict, and who gave it; `chain` when nobody knew the credentials. */
export interface Judged {
  readonly by: string;
  readonly verdict: Decision;
}

/** Longer than any name a user could have; not worth asking anybody. */
const maxUserLength = 1024;

/**
 * Asks authenticators in order until one knows the credentials. A fault of one refuses the device: nobody behind it may let
 * in whom it would have turned away.
 */
export async function askChain(
  authenticators: readonly Authenticator[],
  credentials: Credentials,
  onAsked: (asked: Asked) => void,
): Promise<Judged> {
  const { user, password } = credentials;
  if (user !== undefined && user.length > maxUserLength)
    return nobody('bad-credentials', 'a user name longer than any');
  for (const authenticator of authenticators) {
    const beganMs = performance.now();
    const verdict = await ask(authenticator, credentials);
    onAsked(askedOf(authenticator.name, verdict, (performance.now() - beganMs) / 1000));
    if (verdict.kind !== 'pass') return { by: authenticator.name, verdict };
  }
  const showsNothing = user === undefined && password === undefined;
  return showsNothing
    ? nobody('not-authorized', 'it showed nothing')
    : nobody('bad-credentials', 'nobody knows these credentials');
}

async function ask(authenticator: Authenticator, credentials: Credentials): Promise<Verdict> {
  try {
    return await authenticator.authenticate(credentials);
  } catch (error) {
    return {
      kind: 'refused',
      reason: 'internal-error',
      detail: `fault: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

function nobody(reason: 'bad-credentials' | 'not-authorized', detail: string): Judged {
  return { by: 'chain', verdict: { kind: 'refused', reason, detail } };
}
