import { type Keys, readCredential, type Store } from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';
import { Auth } from '../auth/auth.ts';
import type { AuthFailure, AuthSuccess } from '../auth/auth-failure.ts';
import { type AuthSlice, type AuthTools, planOf } from '../auth/auth-plan.ts';
import type { Asked } from '../auth/chain.ts';
import { CredentialWatch } from '../operations/credentials/credential-watch.ts';
import type { IdentityServices } from '../session/handshake/identity-services.ts';
import type { SessionRegistry } from '../session/registry.ts';
import type { SessionEnds } from '../session/session-ends.ts';

interface IdentityParts {
  readonly store: Store;
  readonly keys: Keys;
  readonly registry: SessionRegistry;
  readonly logger: Logger;
  /** Unix ms */
  readonly now: () => number;
  /** ms */
  readonly monotonic: () => number;
}

/** Sessions looked at in one turn of the loop. */
const sweepBatch = 2000;

/** Who devices are: the authenticators, the credentials of single devices, and who is told of the outcome. */
export class IdentitySide {
  readonly auth: Auth;
  readonly credentials: CredentialWatch;
  /** Told of each device that could not show who it is. */
  readonly onFailed: ((failure: AuthFailure) => void)[] = [];
  /** Told of each device that could. */
  readonly onProven: ((success: AuthSuccess) => void)[] = [];
  /** Told of each question to an authenticator. */
  readonly onAsked: ((asked: Asked) => void)[] = [];
  readonly #parts: IdentityParts;
  readonly #tools: AuthTools;

  constructor(slice: AuthSlice, parts: IdentityParts) {
    const { store, keys, logger, now, monotonic } = parts;
    this.#parts = parts;
    this.#tools = {
      ...{ logger, now, monotonic },
      readCredential: (device) => readCredential(store.redis, keys, device),
      onChanged: () => void this.#sweep(),
    };
    this.auth = new Auth(planOf(slice, this.#tools), logger, (asked) => {
      for (const tell of this.onAsked) tell(asked);
    });
    this.credentials = new CredentialWatch({
      ...parts,
      credentialOf: (identity) => this.auth.credentialOf(identity),
    });
  }

  /** @throws when a file of an authenticator cannot be read */
  async start(): Promise<void> {
    await Promise.all([this.auth.start(), this.credentials.start()]);
  }

  /** Idempotent. */
  stop(): void {
    this.auth.stop();
    this.credentials.stop();
  }

  /** As the handshake uses it. */
  services(ends: SessionEnds): IdentityServices {
    return {
      binding: () => this.auth.binding,
      authenticate: (credentials) => this.auth.authenticate(credentials),
      isDisabled: (clientId) => this.credentials.isDisabled(clientId),
      isGone: (identity) => this.auth.vouchesFor(identity) === false,
      onProven: (success) => {
        for (const tell of this.onProven) tell(success);
      },
      onFailed: (failure) => {
        for (const tell of this.onFailed) tell(failure);
      },
      endAt: (session, at, reason) => ends.endAt(session, at, reason),
    };
  }

  /** Acts by another configuration from the next device on; open sessions stay. */
  configure(slice: AuthSlice): void {
    this.auth.configure(planOf(slice, this.#tools));
  }

  /** Ends the sessions of users who are gone. */
  async #sweep(): Promise<void> {
    for (const [i, session] of [...this.#parts.registry.all()].entries()) {
      if (this.auth.vouchesFor(session.identity) === false)
        session.close('not-authorized', 'its user is gone');
      if (i % sweepBatch === sweepBatch - 1) await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
