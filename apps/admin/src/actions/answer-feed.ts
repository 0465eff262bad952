import {
  closeRedis,
  createRedis,
  readAnswers,
  type Answer,
  type Keys,
  type RedisTlsOptions,
} from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';
import type { Redis } from 'ioredis';

const blockMs = 1000;
/** A read that has not come back by then never will. */
const readTimeoutMs = 3000;
const retryMs = 500;

export interface AnswerFeedParts {
  readonly url: string;
  readonly tls?: RedisTlsOptions | undefined;
  readonly connectTimeoutMs: number;
  /** Any partitions: answers have none. */
  readonly keys: Keys;
  readonly logger: Logger;
  readonly onAnswer: (answer: Answer) => void;
}

/**
 * Hands over what nodes answer to orders. Its reads block, so it has a connection of its
 * own. After a loss of Redis it goes on where it was: an answer that was written meanwhile is not missed.
 */
export class AnswerFeed {
  readonly #parts: AnswerFeedParts;
  readonly #redis: Redis;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(parts: AnswerFeedParts) {
    this.#parts = parts;
    const { url, tls, connectTimeoutMs } = parts;
    this.#redis = createRedis({
      url,
      tls,
      connectTimeoutMs,
      name: 'tributary-admin-answers',
      replyTimeoutMs: readTimeoutMs,
    });
    this.#redis.on('error', () => undefined); // the store says when Redis is away
  }

  start(): void {
    this.#redis.connect().catch(() => undefined);
    this.#running ??= this.#follow();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#redis.disconnect();
    await this.#running;
    await closeRedis(this.#redis);
  }

  async #follow(): Promise<void> {
    const { keys, logger, onAnswer } = this.#parts;
    // From the oldest: what is known already is of operations nobody here waits for, and nothing can be missed.
    let last = '0';
    while (!this.#isStopped) {
      try {
        const read = await readAnswers(this.#redis, keys, last, blockMs);
        last = read.last;
        for (const answer of read.answers) onAnswer(answer);
      } catch (error) {
        if (this.#isStopped) return;
        logger.debug({ err: error }, 'reading the answers of nodes failed');
        if (this.#redis.status === 'ready') this.#redis.disconnect(true);
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    }
  }
}
