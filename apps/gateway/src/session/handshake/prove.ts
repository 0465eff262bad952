import type { CloseReason } from '@tributary/protocol';
import { isClientId } from '../../admission/admission.ts';
import type { Identity } from '../../admission/identity.ts';
import { countedUser } from '../../auth/auth-failure.ts';
import type { Credentials } from '../../auth/authenticator.ts';
import { ownClientId, vouchesForId } from '../../auth/binding.ts';
import type { Judged } from '../../auth/chain.ts';
import type { Attempt } from './attempt.ts';
import { withCertificate } from './identity-services.ts';

type Outcome = CloseReason | undefined;

/** Has the device show who it is: by packets of its own where its greeting says so, else by what it said already. */
export function prove(attempt: Attempt): Outcome | Promise<Outcome> {
  const exchange = attempt.greeting.authenticate?.(attempt.admitted!.clientId);
  return exchange === undefined ? byCredentials(attempt) : byExchange(attempt, exchange);
}

/** Nobody waits for it once the device is gone; the deadline of the handshake goes on. */
async function byExchange(attempt: Attempt, exchange: Promise<Outcome | Identity>): Promise<Outcome> {
  const left = new Promise<undefined>((resolve) => (attempt.onGone = () => resolve(undefined)));
  const proof = await Promise.race([exchange, left]);
  attempt.onGone = undefined;
  if (attempt.connection.state === 'closed') return undefined;
  if (typeof proof === 'string') return refuse(attempt, { by: 'exchange', reason: proof, detail: undefined });
  return proof === undefined ? byCredentials(attempt) : accept(attempt, proof);
}

function byCredentials(attempt: Attempt): Outcome | Promise<Outcome> {
  const credentials = credentialsOf(attempt);
  const judged = attempt.services.identity.authenticate(credentials);
  if (!(judged instanceof Promise)) return take(attempt, judged);
  const forgotten = judged.finally(() => credentials.password?.fill(0));
  const left = new Promise<undefined>((resolve) => (attempt.onGone = () => resolve(undefined)));
  return Promise.race([forgotten, left]).then((answer) => {
    attempt.onGone = undefined;
    if (answer !== undefined) return take(attempt, answer);
    // Not to wait for the answer makes a guess neither cheaper nor unseen.
    void forgotten.then(({ by, verdict }) => {
      if (verdict.kind === 'refused') tellFailure(attempt, by, verdict.reason);
    });
    return undefined;
  });
}

function take(attempt: Attempt, { by, verdict }: Judged): Outcome {
  if (verdict.kind === 'accepted') return accept(attempt, verdict.identity);
  return refuse(attempt, { by, reason: verdict.reason, detail: verdict.detail });
}

function accept(attempt: Attempt, identity: Identity): Outcome {
  const { services, connection } = attempt;
  const admitted = attempt.admitted!;
  const binding = services.identity.binding();
  attempt.identity = withCertificate(identity, connection.transport.certificate);
  const own = admitted.isAssigned ? ownClientId(identity, binding) : undefined;
  if (own !== undefined && !isClientId(own, services.limits.maxClientIdBytes)) return 'bad-client-id';
  attempt.admitted = {
    ...admitted,
    clientId: own ?? admitted.clientId,
    isTransient: !vouchesForId(identity, binding) || (admitted.isAssigned && own === undefined),
  };
  if (identity.by !== 'anonymous')
    services.identity.onProven({ address: hostOf(attempt), clientId: attempt.admitted.clientId, identity });
  return undefined;
}

function refuse(
  attempt: Attempt,
  { by, reason, detail }: { by: string; reason: CloseReason; detail: string | undefined },
): CloseReason {
  attempt.refusedBy = { authenticator: by, detail };
  if (reason === 'internal-error')
    attempt.services.logger.error({ authenticator: by, detail }, 'an authenticator failed');
  tellFailure(attempt, by, reason);
  return reason;
}

function tellFailure(attempt: Attempt, authenticator: string, reason: CloseReason): void {
  if (!isFailure(reason) || !hasShownSomething(attempt)) return;
  const { greeting, services, admitted } = attempt;
  const user = countedUser(greeting.introduction.user);
  const { clientId } = admitted!;
  services.identity.onFailed({ address: hostOf(attempt), clientId, user, authenticator, reason });
}

/** The device was wrong, and not those who were to judge it. */
const isFailure = (reason: CloseReason): boolean => ['bad-credentials', 'not-authorized'].includes(reason);

function hasShownSomething({ greeting, connection }: Attempt): boolean {
  const { user, password } = greeting.introduction;
  return user !== undefined || password !== undefined || connection.transport.certificate !== undefined;
}

function credentialsOf(attempt: Attempt): Credentials {
  const { connection, greeting, admitted } = attempt;
  const { transport, listener, protocol } = connection;
  const { user, password } = greeting.introduction;
  const { clientId, isAssigned } = admitted!;
  return {
    ...{ clientId, isAssigned, user, listener, protocol },
    password: typeof password === 'string' ? Buffer.from(password) : password,
    certificate: transport.certificate,
    address: hostOf(attempt),
    isEncrypted: transport.isEncrypted,
  };
}

const hostOf = ({ connection }: Attempt): string =>
  connection.transport.remoteAddress.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');

/** What holds for everybody, however it was shown: nobody disabled, no user who is gone, nothing that has run out. */
export function checkIdentity(attempt: Attempt): Outcome {
  const { identity, services, admitted } = attempt;
  const { isDisabled, isGone } = services.identity;
  const isKeptOut = isDisabled(admitted!.clientId);
  const detail = isKeptOut ? 'the device is disabled' : isGone(identity) ? 'its user is gone' : undefined;
  if (detail === undefined && (identity.expiresAt ?? Infinity) > services.now()) return undefined;
  attempt.refusedBy = { authenticator: identity.by, detail };
  return detail === undefined ? 'credentials-expired' : 'not-authorized';
}
