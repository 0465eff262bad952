import type { Logger } from '@tributary/runtime';
import type { Redis } from 'ioredis';
import { HttpProblem } from '../http/problem.ts';
import { pause } from '../pause.ts';
import { connectRedis, withoutSecrets, type RedisOptions } from './connect.ts';

export interface LinkParts {
  redis: RedisOptions;
  /** Part of the connection's name in `CLIENT LIST`. */
  role: string;
  logger: Logger;
  /** What is asked of Redis each second, and at once after connecting. An error ends the connection. */
  beat?: (redis: Redis) => Promise<unknown>;
}

const everyMs = 1000;
const lastRetryMs = 1000;
/** A command, and so a request of the API, waits no longer than this for a Redis that stands still. */
const replyTimeoutMs = 1500;

/** One connection to Redis for short commands, opened again whenever it fails. Never blocks: streams are followed elsewhere. */
export class RedisLink {
  readonly #parts: LinkParts;
  readonly #stop = new AbortController();
  #redis: Redis | undefined;
  #running: Promise<void> | undefined;
  #firstTry: Promise<void>;
  #triedOnce: () => void = () => undefined;

  constructor(parts: LinkParts) {
    this.#parts = parts;
    this.#firstTry = new Promise((resolve) => (this.#triedOnce = resolve));
  }

  /** Whether the last beat was answered. */
  get isUp(): boolean {
    return this.#redis !== undefined;
  }

  /** Settles when the first attempt to reach Redis has ended, well or not. */
  start(): Promise<void> {
    this.#running ??= this.#run();
    return this.#firstTry;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#redis?.disconnect();
    await this.#running;
  }

  /** Runs commands. @throws HttpProblem 503 `redis-away` when there is no connection or it breaks meanwhile. */
  async run<T>(commands: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = this.#redis;
    if (redis === undefined) throw awayProblem();
    try {
      return await commands(redis);
    } catch (error) {
      if (error instanceof HttpProblem || isReplyError(error)) throw error;
      throw awayProblem(error);
    }
  }

  async #run(): Promise<void> {
    for (let attempts = 0; !this.#stop.signal.aborted; attempts++) {
      try {
        await this.#sit(() => (attempts = 0));
      } catch (error) {
        if (!this.#stop.signal.aborted && attempts === 0) this.#warn(error as Error);
      }
      this.#triedOnce();
      await pause(Math.min(lastRetryMs, 100 * 2 ** attempts), this.#stop.signal);
    }
  }

  async #sit(onAnswered: () => void): Promise<void> {
    const options = { ...this.#parts.redis, replyTimeoutMs };
    const redis = await connectRedis(options, this.#parts.role);
    const close = (): void => redis.disconnect();
    this.#stop.signal.addEventListener('abort', close, { once: true });
    try {
      while (!this.#stop.signal.aborted) {
        await (this.#parts.beat?.(redis) ?? redis.ping());
        this.#redis = redis;
        onAnswered();
        this.#triedOnce();
        await pause(everyMs, this.#stop.signal);
      }
    } finally {
      this.#redis = undefined;
      this.#stop.signal.removeEventListener('abort', close);
      redis.disconnect();
    }
  }

  #warn(error: Error): void {
    const redis = withoutSecrets(this.#parts.redis.url);
    this.#parts.logger.warn({ redis, link: this.#parts.role, reason: error.message }, 'Redis is away');
  }
}

function awayProblem(cause?: unknown): HttpProblem {
  const problem = new HttpProblem(503, 'redis-away', 'Redis does not answer; nothing was changed as far as is known');
  if (cause !== undefined) problem.cause = cause;
  return problem;
}

function isReplyError(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}
