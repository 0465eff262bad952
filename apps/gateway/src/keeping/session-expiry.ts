import { expireSessions, type Keys, type Store } from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';
import type { Counters } from '../counters.ts';

const intervalMs = 1000;

/** Deletes sessions whose time has come, in every partition, once a second. */
export class SessionExpiry {
  readonly #store: Store;
  readonly #keys: Keys;
  readonly #counters: Counters;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | undefined;
  #isBusy = false;

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
      const partitions = Array.from({ length: this.#keys.partitions }, (_, p) => p);
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
