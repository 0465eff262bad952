import { Metered } from './metered.ts';
import type { RateLimit } from './rate-limit.ts';

interface Account {
  readonly metered: Metered;
  /** Connections that use it now. */
  users: number;
}

/** Accounts that nobody uses and that are not as new yet: so many are kept, then the oldest goes. */
const maxIdle = 10_000;

/**
 * What each device, or user, has used of its limits. Remembered for a while after the last connection has ended, so that
 * nobody gets a new burst by coming back.
 */
export class Ledger {
  readonly #isShared: boolean;
  readonly #maxIdle: number;
  readonly #accounts = new Map<string, Account>();
  /** The same accounts, as far as nobody uses them: oldest first. */
  readonly #idle = new Map<string, Account>();

  constructor(isShared: boolean, idleAtMost = maxIdle) {
    this.#isShared = isShared;
    this.#maxIdle = idleAtMost;
  }

  get size(): number {
    return this.#accounts.size;
  }

  /** A connection begins; `leave` has to follow once. */
  enter(key: string, limits: readonly RateLimit[], nowMs: number): Metered {
    const known = this.#accounts.get(key);
    this.#idle.delete(key);
    if (known === undefined) {
      const metered = new Metered(limits, this.#isShared, nowMs);
      this.#accounts.set(key, { metered, users: 1 });
      return metered;
    }
    known.users++;
    known.metered.configure(limits, nowMs);
    return known.metered;
  }

  /** One that never entered, as nothing limited it, may leave all the same. */
  leave(key: string, nowMs: number): void {
    const account = this.#accounts.get(key);
    if (account === undefined || account.users === 0 || --account.users > 0) return;
    if (account.metered.isUnused(nowMs)) {
      this.#accounts.delete(key);
      return;
    }
    this.#idle.set(key, account);
    if (this.#idle.size <= this.#maxIdle) return;
    const [oldest] = this.#idle.keys();
    this.#forget(oldest!);
  }

  /** Forgets who is as new again. */
  sweep(nowMs: number): void {
    for (const [key, { metered }] of this.#idle) if (metered.isUnused(nowMs)) this.#forget(key);
  }

  #forget(key: string): void {
    this.#idle.delete(key);
    this.#accounts.delete(key);
  }
}
