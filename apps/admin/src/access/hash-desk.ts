import { HttpProblem } from '../http/problem.ts';
import { hashPassword, matchesHash, type PasswordHash, type ScryptCost } from './password-hash.ts';

/** Those who wait for the desk; one more is sent away. At 0.2 s each nobody waits longer than a browser's patience. */
const maxWaiting = 16;

/**
 * Where passwords are hashed, one at a time: however many sign in at once, it costs one thread and the memory of one hash.
 */
export class HashDesk {
  /** Hashes made or checked since the start, dummies included. */
  runs = 0;
  readonly #cost: ScryptCost;
  /** Stands for operators who do not exist, so that a wrong name takes as long as a wrong password. */
  readonly #dummy: PasswordHash;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(cost: ScryptCost) {
    this.#cost = cost;
    this.#dummy = { kind: 'scrypt', ...cost, salt: 'AAAAAAAAAAAAAAAAAAAAAA==', hash: `${'A'.repeat(43)}=` };
  }

  /** @throws HttpProblem 429 `too-many-attempts` when too many wait. */
  hash(password: string): Promise<PasswordHash> {
    return this.#inTurn(() => hashPassword(password, this.#cost));
  }

  /**
   * Whether the password fits; without a stored one it never does, and takes as long.
   * @throws HttpProblem 429 `too-many-attempts` when too many wait.
   */
  async matches(password: string, stored: PasswordHash | undefined): Promise<boolean> {
    const isMatch = await this.#inTurn(() => matchesHash(password, stored ?? this.#dummy));
    return isMatch && stored !== undefined;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= maxWaiting) {
      throw new HttpProblem(
        429,
        'too-many-attempts',
        'many sign in at this moment; try again in a few seconds',
        5,
      );
    }
    this.#waiting++;
    const before = this.#last;
    const turn = before.then(() => {
      this.runs++;
      return work();
    });
    this.#last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.#waiting--;
    }
  }
}
