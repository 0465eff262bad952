import type { Redis } from 'ioredis';
import { closeRedis, createRedis, type StoreOptions } from './store.ts';

const blockMs = 1000;
/** A read that has not come back by then never will: its connection leads nowhere. */
const replyTimeoutMs = 3000;
const retryMs = 500;

export interface BlockingReaderOptions {
  /** Its connection has this name. */
  readonly connection: Omit<StoreOptions, 'replyTimeoutMs'>;
  /** One read that waits for `blockMs` at the most, and what is to be done with what it brings. */
  readonly read: (redis: Redis, blockMs: number) => Promise<void>;
  /** A read failed: it is tried again in a moment, on a new connection. */
  readonly onFailed: (error: unknown) => void;
}

/** Reads one thing over and over, and waits for it where it is not there yet: so on a connection of its own. */
export class BlockingReader {
  readonly #options: BlockingReaderOptions;
  readonly #redis: Redis;
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: BlockingReaderOptions) {
    this.#options = options;
    this.#redis = createRedis({ ...options.connection, replyTimeoutMs });
    this.#redis.on('error', () => {}); // the store's own connection reports what there is to report
  }

  /** Idempotent. */
  start(): void {
    this.#running ??= this.#readOn();
  }

  /** What made the store's connection useless makes this one useless: it may read a replica that nobody writes to. */
  reconnect(): void {
    if (!this.#isClosed) this.#redis.disconnect(true);
  }

  /** Ends what is being read; resolves when nothing is any more. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#redis.disconnect();
    await this.#running;
    await closeRedis(this.#redis);
  }

  async #readOn(): Promise<void> {
    // Where it fails it goes on trying by itself.
    await this.#redis.connect().catch(() => {});
    while (!this.#isClosed) {
      try {
        await this.#options.read(this.#redis, blockMs);
      } catch (error) {
        if (this.#isClosed) return;
        if (this.#redis.status === 'ready') this.#redis.disconnect(true);
        this.#options.onFailed(error);
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    }
  }
}
