import { expireSessions, type Keys, type Store } from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';
import type { Counters } from '../counters.ts';

const intervalMs = 1000;
/** Partitions looked at each time; with more of them it takes several rounds. */
const partitionsAtOnce = 128;

/** Deletes sessions whose time has come, once a second, in 128 partitions at a time. */
export class SessionExpiry {
  readonly #store: Store;
  readonly #keys: Keys;
  readonly #counters: Counters;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | undefined;
  #isBusy = false;
  #next = 0;

  constructor(store: Store, keys: Keys, counters: Counters, logger: Logger) {
    this.#store = store;
    this.#keys = keys;
    this.#counters = counters;
    this.#logger = logger;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.#run(), intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #run(): Promise<void> {
    if (this.#isBusy || !this.#store.isUp) return;
    this.#isBusy = true;
    try {
      const { partitions: count } = this.#keys;
      const partitions = Array.from(
        { length: Math.min(count, partitionsAtOnce) },
        () => this.#next++ % count,
      );
      const expired = await Promise.all(
        partitions.map((p) => expireSessions(this.#store.redis, this.#keys, p)),
      );
      this.#counters.sessionsExpired += expired.reduce((sum, count) => sum + count, 0);
    } catch (error) {
      if (this.#store.isUp) this.#logger.warn({ err: error }, 'expiring sessions failed');
    } finally {
      this.#isBusy = false;
    }
  }
}
