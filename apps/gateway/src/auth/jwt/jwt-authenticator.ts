import { type ServiceClass, serviceClasses } from '@tributary/protocol';
import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import type { TokenAlgorithm } from '../../config/auth-words.ts';
import type { Authenticator, Credentials, Verdict } from '../authenticator.ts';
import { BoundedGate, GateFull } from '../bounded-gate.ts';
import { accepted, pass, refused } from '../verdicts.ts';
import type { KeySource } from './key-source.ts';
import type { TokenKeys } from './token-keys.ts';

export interface JwtOptions {
  readonly name: string;
  readonly source: KeySource;
  readonly algorithms?: readonly TokenAlgorithm[] | undefined;
  readonly issuer?: string | undefined;
  readonly audience: readonly string[];
  readonly clockToleranceSeconds: number;
  readonly requireExpiry: boolean;
  readonly maxTokenBytes: number;
  readonly userClaim: string;
  readonly clientIdClaim?: string | undefined;
  readonly classClaim?: string | undefined;
  /** Unix ms */
  readonly now: () => number;
}

/** Signatures are checked in the thread pool, others need it too; a check takes well below a millisecond. */
const gateLimits = { maxRunning: 4, maxWaiting: 1024 };
/** Every token begins so: it is a JSON object (`{"`) in base64url. */
const tokenStart = Buffer.from('eyJ');
/** Longest user, client id: what a users file allows too. */
const maxNameLength = 256;

/** A JSON Web Token (RFC 7519) as the password. */
export class JwtAuthenticator implements Authenticator {
  readonly name: string;
  readonly #options: JwtOptions;
  readonly #gate = new BoundedGate(gateLimits);

  constructor(options: JwtOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get waiting(): number {
    return this.#gate.waiting;
  }

  start(): Promise<void> {
    return this.#options.source.start();
  }

  stop(): void {
    this.#options.source.stop();
  }

  isServerDown(): boolean {
    return this.#options.source.isServerDown?.() ?? false;
  }

  async authenticate({ password, address }: Credentials): Promise<Verdict> {
    if (password === undefined || !password.subarray(0, tokenStart.length).equals(tokenStart)) return pass;
    if (password.length > this.#options.maxTokenBytes)
      return refused('bad-credentials', 'a token longer than allowed');
    const token = password.toString('latin1');
    if (!this.#isOurs(token)) return pass;
    try {
      return this.#verdictOn(await this.#verify(token, address));
    } catch (error) {
      return verdictOf(error);
    }
  }

  /** Read before it is checked, to find out whose business it is; nothing else is believed of it. */
  #isOurs(token: string): boolean {
    const { issuer } = this.#options;
    if (issuer === undefined) return true;
    try {
      return decodeJwt(token).iss === issuer;
    } catch {
      return true; // broken, which is for its check to say
    }
  }

  /** Only the check takes a place: whoever waits for keys leaves it to others. */
  async #verify(token: string, address: string): Promise<JWTPayload> {
    const { source } = this.#options;
    const check = async (): Promise<JWTPayload> => {
      const keys = await keysOf(source);
      return this.#gate.run(address, () => this.#check(token, keys));
    };
    try {
      return await check();
    } catch (error) {
      // Keys roll over: the issuer may have one by now that was not there when they were fetched.
      if (!(error instanceof errors.JWKSNoMatchingKey) || !(await source.refresh())) throw error;
      return check();
    }
  }

  async #check(token: string, keys: TokenKeys): Promise<JWTPayload> {
    const { algorithms, issuer, audience, clockToleranceSeconds, requireExpiry, now } = this.#options;
    const { payload } = await jwtVerify(token, keys.find, {
      algorithms: keys.algorithms.filter((name) => algorithms?.includes(name) ?? true),
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience.length === 0 ? {} : { audience: [...audience] }),
      ...(requireExpiry ? { requiredClaims: ['exp'] } : {}),
      clockTolerance: clockToleranceSeconds,
      currentDate: new Date(now()),
    });
    return payload;
  }

  #verdictOn(claims: JWTPayload): Verdict {
    const { userClaim, clientIdClaim, classClaim, clockToleranceSeconds } = this.#options;
    const user = nameOf(claims[userClaim]);
    if (user === undefined) return refused('not-authorized', `the token has no usable claim ${userClaim}`);
    const clientId = clientIdClaim === undefined ? undefined : nameOf(claims[clientIdClaim]);
    if (clientIdClaim !== undefined && clientId === undefined)
      return refused('not-authorized', `the token has no usable claim ${clientIdClaim}`);
    const expiresAt = claims.exp === undefined ? undefined : (claims.exp + clockToleranceSeconds) * 1000;
    return accepted(this.name, { user, clientId, claims, class: classOf(classClaim, claims), expiresAt });
  }
}

/** The keys cannot be had: not the token's fault. */
class NoKeys extends Error {}

async function keysOf(source: KeySource): Promise<TokenKeys> {
  try {
    return await source.keys();
  } catch (cause) {
    throw new NoKeys('no keys', { cause });
  }
}

/** Why a token is refused: who signed it does not matter once it is not right, and what it says is not repeated. */
function verdictOf(error: unknown): Verdict {
  if (error instanceof GateFull) return refused('server-busy', 'too many tokens wait to be checked');
  if (error instanceof NoKeys) return refused('auth-unavailable', 'the keys of tokens cannot be had');
  if (error instanceof errors.JWTExpired) return refused('not-authorized', 'the token has expired');
  if (error instanceof errors.JWTClaimValidationFailed)
    return refused('not-authorized', `the token's claim ${claimOf(error)}`);
  // Everything else is a token nobody made, or with a key, an algorithm or a form that is not taken.
  return refused(
    'bad-credentials',
    `the token is not valid: ${error instanceof errors.JOSEError ? error.code : 'broken'}`,
  );
}

const claimOf = ({ claim, reason }: errors.JWTClaimValidationFailed): string =>
  reason === 'missing' ? `${claim} is missing` : `${claim} does not fit`;

function nameOf(value: unknown): string | undefined {
  const isName = typeof value === 'string' && value !== '' && value.length <= maxNameLength;
  return isName && !/[\p{Cc}\p{Cs}]/u.test(value) ? value : undefined;
}

function classOf(claim: string | undefined, claims: JWTPayload): ServiceClass | undefined {
  return claim === undefined ? undefined : serviceClasses.find((name) => name === claims[claim]);
}
