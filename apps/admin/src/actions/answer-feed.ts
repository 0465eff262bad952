import {
  BlockingReader,
  readAnswers,
  type Answer,
  type Keys,
  type RedisTlsOptions,
} from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';

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
 * Hands over what nodes answer to orders. After a loss of Redis it goes on where it was: an answer that was written
 * meanwhile is not missed.
 */
export class AnswerFeed {
  readonly #reader: BlockingReader;
  /** From the oldest: what is known already is of operations nobody here waits for, and nothing can be missed. */
  #last = '0';

  constructor({ url, tls, connectTimeoutMs, keys, logger, onAnswer }: AnswerFeedParts) {
    this.#reader = new BlockingReader({
      connection: { url, tls, connectTimeoutMs, name: 'tributary-admin-answers' },
      read: async (redis, blockMs) => {
        const { last, answers } = await readAnswers(redis, keys, this.#last, blockMs);
        this.#last = last;
        for (const answer of answers) onAnswer(answer);
      },
      onFailed: (error) => logger.debug({ err: error }, 'reading the answers of nodes failed'),
    });
  }

  start(): void {
    this.#reader.start();
  }

  stop(): Promise<void> {
    return this.#reader.close();
  }
}
