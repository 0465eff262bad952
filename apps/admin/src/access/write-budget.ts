import type { Clock } from '@tributary/runtime';
import { HttpProblem } from '../http/problem.ts';
import { BoundedMap } from './bounded-map.ts';

/** So many writes at once, as when a page of alarms is acknowledged, and so many a minute from then on. */
const burst = 300;
const perMinute = 120;

/** Names kept; operators are made by admins, so there are few. */
const maxNames = 1000;

/**
 * How many writes each operator has left. Every write is an entry of the audit, which keeps about 100,000: whoever could write
 * without pause could wash out what they did. A token bucket for each name, shared by all their sessions and tokens.
 */
export class WriteBudget {
  readonly #clock: Clock;
  readonly #left = new BoundedMap<string, { writes: number; at: number }>(maxNames);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes one write. @throws HttpProblem 429 `too-many-writes` when none is left */
  take(name: string): void {
    const at = this.#clock.monotonic();
    const before = this.#left.get(name) ?? { writes: burst, at };
    const writes = Math.min(burst, before.writes + ((at - before.at) / 60_000) * perMinute);
    if (writes < 1) {
      throw new HttpProblem(
        429,
        'too-many-writes',
        `more than ${perMinute} changes a minute by one operator`,
        Math.ceil(((1 - writes) / perMinute) * 60),
      );
    }
    this.#left.set(name, { writes: writes - 1, at });
  }
}
