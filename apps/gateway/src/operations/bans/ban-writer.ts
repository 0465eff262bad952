import { randomBytes } from 'node:crypto';
import {
  type Ban,
  type Keys,
  listNodes,
  putAutomaticBan,
  sendControls,
  type Store,
} from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';

/** Bans gather for so long before Redis and the other nodes are told of all of them, ms. */
const gatherMs = 200;
/** While Redis is away it is tried again after so long, ms. */
const retryMs = 1000;
/** The most that wait for Redis; of more the oldest hold on this node alone. */
const maxPending = 1000;

export interface BanWriterOptions {
  readonly store: Store;
  readonly keys: Keys;
  readonly logger: Logger;
  readonly now: () => number;
}

/** Brings bans this node made to Redis, and has every node read them: within a second while Redis is up. */
export class BanWriter {
  readonly #options: BanWriterOptions;
  #pending: readonly Ban[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  /** Bans for which there was no room in Redis. */
  refused = 0;

  constructor(options: BanWriterOptions) {
    this.#options = options;
  }

  /** Bans Redis has not got yet. */
  get pending(): readonly Ban[] {
    return this.#pending;
  }

  write(ban: Ban): void {
    this.#pending = [...this.#pending, ban].slice(-maxPending);
    this.#plan(gatherMs);
  }

  /** Idempotent. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #plan(afterMs: number): void {
    if (this.#isStopped) return;
    this.#timer ??= setTimeout(() => {
      void this.#flush().finally(() => {
        this.#timer = undefined;
        if (this.#pending.length > 0) this.#plan(retryMs);
      });
    }, afterMs);
    this.#timer.unref();
  }

  async #flush(): Promise<void> {
    const { store, logger, now } = this.#options;
    if (!store.isUp) return;
    const bans = this.#pending;
    try {
      const isAnyPut = await this.#putAll(bans.filter(({ until }) => until > now()));
      // Those that came meanwhile wait for the next time.
      const written = new Set(bans);
      this.#pending = this.#pending.filter((ban) => !written.has(ban));
      if (isAnyPut) await this.#tellNodes();
    } catch (error) {
      logger.warn({ err: error, bans: bans.length }, 'bans hold on this node alone until Redis takes them');
    }
  }

  async #putAll(bans: readonly Ban[]): Promise<boolean> {
    const { store, keys, logger } = this.#options;
    const answers = await Promise.all(bans.map((ban) => putAutomaticBan(store.redis, keys, ban)));
    const full = answers.filter((answer) => answer === 'full').length;
    this.refused += full;
    if (full > 0) logger.warn({ bans: full }, 'as many bans as there may be are in force');
    return answers.includes('put');
  }

  async #tellNodes(): Promise<void> {
    const { store, keys } = this.#options;
    const op = `auto-${randomBytes(9).toString('hex')}`;
    const nodes = await listNodes(store.redis, keys);
    const messages = nodes.map(({ node }) => ({ to: node, message: { type: 'bans-changed', op } as const }));
    await sendControls(store.redis, keys, messages);
  }
}
