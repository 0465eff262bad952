import {
  BlockingReader,
  type Keys,
  lastLogId,
  loadRetainedTopics,
  loadRoutes,
  type LogChange,
  readLogs,
  readVersion,
  type Store,
  type StoreOptions,
} from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';
import type { Redis } from 'ioredis';
import type { Retained } from './retained.ts';
import type { Routes } from './routes.ts';
import { optionsFromJson } from './subscription-json.ts';

const retryMs = 500;

export interface FollowerOptions {
  readonly connection: StoreOptions;
  readonly store: Store;
  readonly keys: Keys;
  readonly logger: Logger;
  readonly routes: Routes;
  readonly retained: Retained;
  /** This node's `id.incarnation` now. */
  readonly nodeName: () => string;
  /** The queue of a device that is connected here may have something new. */
  readonly onDoorbell: (clientId: string) => void;
}

type Log = 'routes' | 'retained';

/**
 * What all nodes must know alike: loads the persistent routes and the topics of retained messages, then follows the logs
 * of their changes, each of which has a number; where one is missing the partition is loaded anew.
 */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #reader: BlockingReader;
  /** Stream → last id read. */
  readonly #at = new Map<string, string>();
  /** Log and partition → version of the last change that was applied. */
  readonly #versions = new Map<string, number>();
  #inbox = '';
  #isClosed = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
    const { connection, store, logger } = options;
    this.#reader = new BlockingReader({
      connection: { ...connection, name: `${connection.name}-follow` },
      read: (redis, blockMs) => this.#read(redis, blockMs),
      onFailed: (error) => {
        if (store.isUp) logger.debug({ err: error }, 'following the logs failed');
      },
    });
    store.on('down', () => this.#reader.reconnect());
  }

  /** Loads everything, however long Redis takes; from then on it is followed. Returns early when it is closed. */
  async start(): Promise<void> {
    const { store } = this.#options;
    while (!this.#isClosed && !(await this.#loadAll())) {
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
    if (this.#isClosed) return;
    store.on('up', () => void this.#compare());
    this.#reader.start();
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true;
    void this.#reader.close();
  }

  /** After Redis was away: where it is not exactly as it was left, others changed something, or it lost something. */
  async #compare(): Promise<void> {
    const { store, keys, logger } = this.#options;
    try {
      for (let p = 0; p < keys.partitions; p++) {
        if (!(await this.#isAsLeft(keys.routes(p), keys.routesLog(p), `routes ${p}`)))
          await this.#loadRoutes(p);
        if (!(await this.#isAsLeft(keys.retained(p), keys.retainedLog(p), `retained ${p}`)))
          await this.#loadRetained(p);
      }
    } catch (error) {
      // Away again: the next 'up' compares anew.
      if (store.isUp) logger.warn({ err: error }, 'routes could not be compared with Redis');
    }
  }

  async #isAsLeft(hash: string, log: string, name: string): Promise<boolean> {
    const { redis } = this.#options.store;
    const [version, last] = await Promise.all([readVersion(redis, hash), lastLogId(redis, log)]);
    return version === this.#versions.get(name) && last === this.#at.get(log);
  }

  async #loadAll(): Promise<boolean> {
    const { keys, logger } = this.#options;
    try {
      for (let p = 0; p < keys.partitions; p++) {
        await this.#loadRoutes(p);
        await this.#loadRetained(p);
      }
      return true;
    } catch (error) {
      logger.warn({ err: error }, 'routes and retained messages cannot be loaded, trying on');
      return false;
    }
  }

  async #loadRoutes(partition: number): Promise<void> {
    const { store, keys, routes } = this.#options;
    const { version, logId, routes: stored } = await loadRoutes(store.redis, keys, partition);
    routes.reload(
      (clientId) => keys.partitionOf(clientId) === partition,
      stored.map(({ clientId, filter, options }) => ({
        clientId,
        filter,
        isPersistent: true,
        version,
        ...optionsFromJson(options),
      })),
    );
    this.#at.set(keys.routesLog(partition), logId);
    this.#versions.set(`routes ${partition}`, version);
  }

  async #loadRetained(partition: number): Promise<void> {
    const { store, keys, retained } = this.#options;
    const { version, logId, topics } = await loadRetainedTopics(store.redis, keys, partition);
    const isFirst = !this.#versions.has(`retained ${partition}`);
    retained.reload((topic) => keys.partitionOf(topic) === partition, topics, isFirst);
    this.#at.set(keys.retainedLog(partition), logId);
    this.#versions.set(`retained ${partition}`, version);
  }

  async #read(redis: Redis, blockMs: number): Promise<void> {
    this.#watchInbox();
    for (const { key, id, change } of await readLogs(redis, this.#options.keys, this.#at, blockMs)) {
      this.#at.set(key, id);
      if (change !== undefined) await this.#take(change);
    }
  }

  /** A node that begins anew under another name has another inbox. */
  #watchInbox(): void {
    const { keys, nodeName } = this.#options;
    const inbox = keys.nodeInbox(nodeName());
    if (inbox === this.#inbox) return;
    this.#at.delete(this.#inbox);
    this.#at.set(inbox, '0-0');
    this.#inbox = inbox;
  }

  async #take(change: LogChange): Promise<void> {
    if (change.kind === 'inbox') return this.#options.onDoorbell(change.clientId);
    const { kind, partition, version } = change;
    const log: Log = kind === 'route' ? 'routes' : 'retained';
    const known = this.#versions.get(`${log} ${partition}`) ?? 0;
    if (version <= known) return;
    if (version > known + 1) {
      this.#options.logger.info({ log, partition }, 'changes were missed: loading anew');
      return log === 'routes' ? this.#loadRoutes(partition) : this.#loadRetained(partition);
    }
    this.#versions.set(`${log} ${partition}`, version);
    this.#apply(change);
  }

  #apply(change: Exclude<LogChange, { kind: 'inbox' }>): void {
    const { routes, retained } = this.#options;
    if (change.kind === 'retained') return retained.followed(change.topic, change.op === '+', change.version);
    const { op, clientId, filter, options, version } = change;
    if (op === '+')
      routes.add({ clientId, filter, isPersistent: true, version, ...optionsFromJson(options) });
    else if (op === '-') routes.gone(clientId, filter, version);
    else routes.forget(clientId, 'persistent', version);
  }
}
