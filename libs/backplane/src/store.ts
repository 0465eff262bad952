import { EventEmitter } from 'node:events';
import { Redis } from 'ioredis';
import { parseRedisUrl } from './redis-address.ts';
import type { RedisTlsOptions } from './redis-tls.ts';
import { loadScripts } from './scripts.ts';

export interface StoreOptions {
  /** `redis://` or `rediss://` URL. */
  readonly url: string;
  /** Which certificates of a `rediss://` server are believed. */
  readonly tls?: RedisTlsOptions | undefined;
  /** Name of the connection in CLIENT LIST. */
  readonly name: string;
  readonly connectTimeoutMs: number;
  /** A command unanswered for so long is rejected; 0 waits for ever, for blocking reads. */
  readonly replyTimeoutMs: number;
}

/**
 * An ioredis connection that never queues for a Redis that is away and never repeats a command by itself: what fails,
 * fails now, and whoever asked decides. Not connected until `connect()`.
 */
export function createRedis(options: StoreOptions): Redis {
  const address = parseRedisUrl(options.url, options.tls);
  return new Redis({
    host: address.host,
    port: address.port,
    db: address.db,
    connectionName: options.name,
    connectTimeout: options.connectTimeoutMs,
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // A master that became a replica keeps its clients: leave it for whoever is master now.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 5), 1000),
    ...(options.replyTimeoutMs > 0 ? { commandTimeout: options.replyTimeoutMs } : {}),
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
    ...(address.tls === undefined ? {} : { tls: address.tls }),
  });
}

/** Closes without waiting for a Redis that is away. */
export async function closeRedis(redis: Redis): Promise<void> {
  if (redis.status === 'ready') await redis.quit().catch(() => redis.disconnect());
  else redis.disconnect();
}

/** How often a connection without news is asked whether Redis still answers, ms. */
const probeMs = 1000;

interface StoreEvents {
  up: [];
  /** In words, for the log. */
  down: [why: string];
}

/**
 * The connection for everything but the uplink. After each reconnect it ends its previous connection by id before it
 * counts as up, so that a command whose outcome was unknown has by then either run or never will.
 */
export class Store extends EventEmitter<StoreEvents> {
  readonly redis: Redis;
  #isUp = false;
  #isClosed = false;
  #why = 'not connected yet';
  #predecessor: { clientId: number; runId: string } | undefined;
  #probe: NodeJS.Timeout | undefined;
  #isProbing = false;

  constructor(options: StoreOptions) {
    super();
    this.redis = createRedis(options);
    this.redis.on('error', (error: Error) => (this.#why = describe(error)));
    this.redis.on('ready', () => void this.#prepare());
    this.redis.on('close', () => this.#down(this.#why));
  }

  get isUp(): boolean {
    return this.#isUp;
  }
  /** Why it is not up, in words. */
  get why(): string {
    return this.#why;
  }

  /** Begins to connect; goes on trying by itself until closed. */
  start(): void {
    this.redis.connect().catch((error: unknown) => (this.#why = describe(error)));
    this.#probe ??= setInterval(() => void this.#ask(), probeMs);
    this.#probe.unref();
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#isUp = false;
    clearInterval(this.#probe);
    await closeRedis(this.redis);
  }

  async #prepare(): Promise<void> {
    const { redis } = this;
    try {
      const clientId = await redis.client('ID');
      await refuseReplica(redis);
      const runId = /^run_id:(\w+)/m.exec(await redis.info('server'))?.[1] ?? '';
      const before = this.#predecessor;
      if (before !== undefined && before.runId === runId && before.clientId !== clientId) {
        await redis.client('KILL', 'ID', before.clientId);
      }
      this.#predecessor = { clientId, runId };
      await loadScripts(redis);
      if (this.#isClosed || redis.status !== 'ready') return;
      this.#isUp = true;
      this.emit('up');
    } catch (error) {
      this.#why = describe(error);
      // Half prepared is not up: begin again with a new connection.
      if (!this.#isClosed && redis.status === 'ready') redis.disconnect(true);
    }
  }

  /** A Redis that hangs keeps its connections: only silence tells. */
  async #ask(): Promise<void> {
    if (!this.#isUp || this.#isProbing) return;
    this.#isProbing = true;
    try {
      await refuseReplica(this.redis);
    } catch (error) {
      if (this.#isUp && this.redis.status === 'ready') {
        this.#why = describe(error);
        this.redis.disconnect(true);
      }
    } finally {
      this.#isProbing = false;
    }
  }

  #down(why: string): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    this.emit('down', why);
  }
}

/** @throws when this Redis is a replica, or does not answer */
async function refuseReplica(redis: Redis): Promise<void> {
  if (/^role:slave/m.test(await redis.info('replication'))) throw new Error('this Redis is a replica');
}

/** Whether Redis answered with an error, so that the command was not carried out; else its outcome is unknown. */
export const isReplyError = (error: unknown): error is Error =>
  error instanceof Error && error.name === 'ReplyError';

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A refused connection to a name with several addresses is an AggregateError without a message.
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : undefined;
  return error.message || (first instanceof Error ? first.message : error.name);
}
