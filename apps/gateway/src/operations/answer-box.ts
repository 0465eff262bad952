import { type Answer, type Keys, type Store, writeAnswers } from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';

/** The most answers that wait for Redis; of more the oldest are given up, whom nobody waits for any more. */
const maxWaiting = 2000;

/** What this node answers to orders: gathered for one turn of the loop, kept while Redis is away. */
export class AnswerBox {
  readonly #store: Store;
  readonly #keys: Keys;
  readonly #logger: Logger;
  #waiting: Answer[] = [];
  #isDue = false;

  constructor(store: Store, keys: Keys, logger: Logger) {
    this.#store = store;
    this.#keys = keys;
    this.#logger = logger;
    store.on('up', () => this.#plan());
  }

  answer(answer: Answer): void {
    this.#waiting.push(answer);
    if (this.#waiting.length > maxWaiting) this.#waiting.shift();
    this.#plan();
  }

  #plan(): void {
    if (this.#isDue || this.#waiting.length === 0) return;
    this.#isDue = true;
    setImmediate(() => void this.#write());
  }

  async #write(): Promise<void> {
    this.#isDue = false;
    if (!this.#store.isUp) return;
    const answers = this.#waiting;
    this.#waiting = [];
    try {
      await writeAnswers(this.#store.redis, this.#keys, answers);
    } catch (error) {
      // An answer that was written after all is written twice: it says the same of the same device.
      if (!this.#store.isUp) this.#waiting = [...answers, ...this.#waiting].slice(-maxWaiting);
      else this.#logger.warn({ err: error, answers: answers.length }, 'answers to operators were refused');
    }
  }
}
