import {
  type DueTimer,
  dueTimers,
  expireRetained,
  expireSession,
  fireDelayedWill,
  type Keys,
  type Store,
  takeRouting,
} from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';
import type { Counters } from '../counters.ts';
import type { Retained } from '../routing/retained.ts';
import type { Wills } from '../routing/wills.ts';

/** Wills may come half a second late, not a whole one. */
const intervalMs = 250;
/** Partitions looked at each time; with more of them it takes several rounds: 128 a second, 4,096 half a minute. */
const partitionsAtOnce = 32;
/** Timers carried out in one partition at a time; the rest follow at the next round. */
const batchSize = 100;

export interface TimersOptions {
  readonly store: Store;
  readonly keys: Keys;
  readonly counters: Counters;
  readonly logger: Logger;
  readonly retained: Retained;
  readonly wills: Wills;
  readonly uplinkMaxLength: number;
}

/**
 * Carries out what is due in Redis: sessions that end, wills whose delay has passed, wills that whoever fired them did not
 * hand on, retained messages that expire. Each node does it; scripts see to it that one does each.
 */
export class Timers {
  readonly #options: TimersOptions;
  #timer: NodeJS.Timeout | undefined;
  #isBusy = false;
  #next = 0;

  constructor(options: TimersOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.#run(), intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #run(): Promise<void> {
    const { store, keys, logger } = this.#options;
    if (this.#isBusy || !store.isUp) return;
    this.#isBusy = true;
    try {
      const count = Math.min(keys.partitions, partitionsAtOnce);
      const partitions = Array.from({ length: count }, () => this.#next++ % keys.partitions);
      await Promise.all(partitions.map((p) => this.#carryOut(p)));
    } catch (error) {
      if (store.isUp) logger.warn({ err: error }, 'timers could not be carried out');
    } finally {
      this.#isBusy = false;
    }
  }

  async #carryOut(partition: number): Promise<void> {
    const { store, keys } = this.#options;
    const due = await dueTimers(store.redis, keys, partition, batchSize);
    // One that fails must not hold up those behind it: it is due again next time.
    const results = await Promise.allSettled(due.map((timer) => this.#one(partition, timer)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #one(partition: number, { kind, id }: DueTimer): Promise<void> {
    const { store, keys, wills, uplinkMaxLength, retained } = this.#options;
    switch (kind) {
      case 'expire':
        return this.#expire(partition, id);
      case 'will': {
        const entry = await fireDelayedWill(store.redis, keys, partition, id, uplinkMaxLength);
        if (entry !== undefined) await wills.fired(partition, entry);
        return;
      }
      case 'route': {
        const message = await takeRouting(store.redis, keys, partition, id);
        if (message !== undefined) wills.route(partition, id, message);
        return;
      }
      case 'retained': {
        const { change, version } = await expireRetained(store.redis, keys, id);
        if (change === 'cleared') retained.changed(id, false, version);
        return;
      }
    }
  }

  async #expire(partition: number, clientId: string): Promise<void> {
    const { store, keys, counters, wills, uplinkMaxLength } = this.#options;
    const { expired, firedWill } = await expireSession(
      store.redis,
      keys,
      partition,
      clientId,
      uplinkMaxLength,
    );
    if (firedWill !== undefined) await wills.fired(partition, firedWill);
    if (!expired) return;
    // Its routes leave with the log.
    counters.sessionsExpired++;
  }
}
