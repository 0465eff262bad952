import type { Store } from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';

/** How often it is read again though nobody said that it changed, ms: an order may have been lost with Redis. */
const againMs = 15_000;

/**
 * Keeps something that stands in Redis as it stands there: reads it when told, when Redis is back, and now and then.
 * Never reads twice at a time; told while it reads, it reads once more, so that who told sees a reading begun afterwards.
 */
export class Reloader {
  readonly #store: Store;
  readonly #logger: Logger;
  readonly #what: string;
  readonly #read: () => Promise<void>;
  readonly #onUp = (): void => void this.reload().catch(() => {});
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** @param what ends the sentence "could not read …" of the log */
  constructor(store: Store, logger: Logger, what: string, read: () => Promise<void>) {
    this.#store = store;
    this.#logger = logger;
    this.#what = what;
    this.#read = read;
  }

  /** Reads for the first time, and from then on by itself. Does not fail: what cannot be read now is read later. */
  async start(): Promise<void> {
    this.#store.on('up', this.#onUp);
    this.#timer = setInterval(this.#onUp, againMs);
    await this.reload().catch(() => {});
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#store.off('up', this.#onUp);
  }

  /** Resolves when a reading that began after this call is done. @throws when Redis could not be read */
  reload(): Promise<void> {
    if (this.#reading === undefined) return this.#begin();
    this.#next ??= this.#reading.then(
      () => this.#begin(),
      () => this.#begin(),
    );
    return this.#next;
  }

  #begin(): Promise<void> {
    this.#next = undefined;
    this.#reading = this.#try().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #try(): Promise<void> {
    if (!this.#store.isUp) throw new Error('Redis is away');
    try {
      await this.#read();
    } catch (error) {
      if (this.#store.isUp) this.#logger.warn({ err: error }, `could not read ${this.#what}`);
      throw error;
    }
  }
}
