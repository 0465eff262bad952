import {
  finishRouting,
  type Keys,
  readFiredWill,
  type Store,
  type StoredMessage,
} from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';
import type { Router } from './router.ts';

/**
 * Wills that Redis has fired, as entries of `up`: hands each to who wants it, and strikes it off when that is done. What
 * is not done here, because the node dies or Redis goes away, a keeper takes up (MQTT 5 section 3.1.2.5).
 */
export class Wills {
  readonly #store: Store;
  readonly #keys: Keys;
  readonly #router: Router;
  readonly #logger: Logger;
  readonly #counters: { willsRouted: number };

  constructor(store: Store, keys: Keys, router: Router, counters: { willsRouted: number }, logger: Logger) {
    this.#counters = counters;
    this.#store = store;
    this.#keys = keys;
    this.#router = router;
    this.#logger = logger;
  }

  /** The will of a device of `partition` was fired as `entry` by what this node asked of Redis. */
  async fired(partition: number, entry: string): Promise<void> {
    try {
      const message = await readFiredWill(this.#store.redis, this.#keys, partition, entry);
      if (message !== undefined) this.route(partition, entry, message);
    } catch (error) {
      if (this.#store.isUp) this.#logger.warn({ err: error, entry }, 'a will is handed on later');
    }
  }

  /** Hands on a fired will. */
  route(partition: number, entry: string, message: StoredMessage): void {
    this.#counters.willsRouted++;
    this.#router.route(message, identityOf(message), (result) => {
      if (result === 'failed') return;
      finishRouting(this.#store.redis, this.#keys, partition, entry).catch(() => {});
    });
  }
}

/** What a message is known by wherever it is routed: the same as its uplink entry. */
export function identityOf({ from, epoch, seq }: StoredMessage): string {
  return `${from}/${epoch}/${seq}`;
}
