import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  defaultHashCost,
  FileWatch,
  type HashCost,
  type HashedPassword,
  type Logger,
  HashThread,
  parseUsersFile,
} from '@tributary/runtime';
import type { Identity } from '../../admission/identity.ts';
import type { Authenticator, Credentials, Verdict } from '../authenticator.ts';
import { BoundedCache } from '../bounded-cache.ts';
import { BoundedGate, GateFull } from '../bounded-gate.ts';
import { KeyedDigest } from '../keyed-digest.ts';
import { accepted, pass, refused } from '../verdicts.ts';

export interface UsersOptions {
  readonly name: string;
  readonly file: string;
  readonly cacheSeconds: number;
  readonly maxCached: number;
  readonly maxHashing: number;
  readonly maxWaiting: number;
  readonly logger: Logger;
  /** ms */
  readonly monotonic: () => number;
  /** Users have changed: whoever came in by this authenticator is to be looked at again. */
  readonly onChanged: () => void;
}

/** A longer password is nobody's, and not worth a hash. */
const maxPasswordBytes = 1024;

/** Stands for users who do not exist, so that a wrong name takes as long as a wrong password. */
const nobodyAt = (cost: HashCost): HashedPassword => ({
  ...cost,
  salt: randomBytes(16),
  hash: randomBytes(32),
});

/** Names a stored password, and is of no use to guess it: another one, and the same set anew, have other salts. */
const credentialOf = ({ salt, hash }: HashedPassword): string =>
  createHash('sha256').update(salt).update(hash).digest('base64url').slice(0, 16);

/** A file of users and password hashes. */
export class UsersAuthenticator implements Authenticator {
  readonly name: string;
  readonly #options: UsersOptions;
  readonly #gate: BoundedGate;
  /** Digests of credentials that were right a moment ago. */
  readonly #known: BoundedCache<true>;
  readonly #digest = new KeyedDigest();
  /** By digest: credentials that wait to be hashed, or are; as many as the gate lets wait. */
  readonly #checking = new Map<string, Promise<boolean | 'busy'>>();
  /** Undefined until the file was read. */
  #users: ReadonlyMap<string, HashedPassword> | undefined;
  #nobody = nobodyAt(defaultHashCost);
  readonly #watch: FileWatch;
  /** Threads that hash, while they do not. */
  readonly #idle: HashThread[] = [];
  #isStopped = false;

  constructor(options: UsersOptions) {
    this.name = options.name;
    this.#options = options;
    this.#gate = new BoundedGate({ maxRunning: options.maxHashing, maxWaiting: options.maxWaiting });
    this.#known = new BoundedCache(options.maxCached);
    this.#watch = new FileWatch({ files: [options.file], onChange: () => void this.#reload() });
  }

  get waiting(): number {
    return this.#gate.waiting;
  }

  async start(): Promise<void> {
    this.#watch.start();
    while (this.#idle.length < this.#options.maxHashing) this.#idle.push(new HashThread());
    for (const thread of this.#idle) thread.start();
    await this.#read();
  }

  stop(): void {
    this.#watch.stop();
    this.#isStopped = true;
    for (const thread of this.#idle.splice(0)) thread.stop();
  }

  async authenticate({ user, password, address }: Credentials): Promise<Verdict> {
    if (user === undefined || password === undefined) return pass;
    if (this.#users === undefined) return refused('auth-unavailable', 'the users file could not be read');
    const stored = this.#users.get(user);
    if (password.length > maxPasswordBytes)
      return stored === undefined ? pass : refused('bad-credentials', 'a password longer than any');
    const key = this.#digest.of(user, password, stored?.salt, stored?.hash);
    const { monotonic, cacheSeconds } = this.#options;
    if (stored !== undefined && this.#known.get(key, monotonic()) === true)
      return this.#accepted(user, stored);
    const isRight = await this.#matchesOnce(key, password, stored, address);
    if (isRight === 'busy') return refused('server-busy', 'too many passwords wait to be checked');
    if (stored === undefined) return pass;
    if (!isRight) return refused('bad-credentials', 'wrong password');
    this.#known.set(key, true, monotonic() + cacheSeconds * 1000);
    return this.#accepted(user, stored);
  }

  /** Whether somebody who came in may stay. */
  vouchesFor({ user }: Identity): boolean {
    return user !== undefined && this.#users?.has(user) !== false;
  }

  /** Another password makes whoever came in with the one of before show the new one. */
  isInForce({ user, claims }: Identity): boolean {
    const stored = user === undefined ? undefined : this.#users?.get(user);
    return stored !== undefined && claims['credential'] === credentialOf(stored);
  }

  #accepted(user: string, stored: HashedPassword): Verdict {
    return accepted(this.name, { user, claims: { credential: credentialOf(stored) } });
  }

  /** The same credentials, shown by many at a time, are hashed once: a fleet with one password comes back at once. */
  #matchesOnce(
    key: string,
    ...shown: readonly [password: Buffer, stored: HashedPassword | undefined, address: string]
  ): Promise<boolean | 'busy'> {
    let checking = this.#checking.get(key);
    if (checking === undefined) {
      checking = this.#matches(...shown).finally(() => this.#checking.delete(key));
      this.#checking.set(key, checking);
    }
    return checking;
  }

  async #matches(
    password: Buffer,
    stored: HashedPassword | undefined,
    address: string,
  ): Promise<boolean | 'busy'> {
    try {
      return await this.#gate.run(address, () => this.#hash(password, stored ?? this.#nobody));
    } catch (error) {
      if (error instanceof GateFull) return 'busy';
      throw error;
    }
  }

  /** In a thread that is free; the gate lets no more in than there may be. Who still waits when it is stopped comes back. */
  async #hash(password: Buffer, stored: HashedPassword): Promise<boolean | 'busy'> {
    if (this.#isStopped) return 'busy';
    const thread = this.#idle.pop() ?? new HashThread();
    try {
      return await thread.matches(password, stored);
    } finally {
      if (this.#isStopped) thread.stop();
      else this.#idle.push(thread);
    }
  }

  async #read(): Promise<void> {
    this.#users = parseUsersFile(await readFile(this.#options.file, 'utf8'));
    // As dear as the others: all lines of a file have the same cost, unless somebody asked for another.
    const [first = defaultHashCost] = this.#users.values();
    this.#nobody = nobodyAt({ ln: first.ln, r: first.r, p: first.p });
  }

  async #reload(): Promise<void> {
    const { logger, name, file, onChanged } = this.#options;
    try {
      await this.#read();
      logger.info({ authenticator: name, file, users: this.#users?.size }, 'users file read again');
      onChanged();
    } catch (error) {
      logger.error(
        { err: error, authenticator: name, file },
        'users file cannot be read, the old one stays in force',
      );
    }
  }
}
