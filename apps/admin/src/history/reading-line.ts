import { HttpProblem } from '../http/problem.ts';

/**
 * Work that takes much from Redis and memory, a few pieces at a time: whoever comes then waits in line, and when the line
 * is full is told to come back. However many ask, it costs no more.
 */
export class ReadingLine {
  readonly #maxRunning: number;
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limits: { maxRunning: number; maxWaiting: number }) {
    this.#maxRunning = limits.maxRunning;
    this.#maxWaiting = limits.maxWaiting;
  }

  /** @throws HttpProblem 503 `too-many-questions` when the line is full, and whatever the work throws */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#maxRunning) await this.#turn();
    else this.#running++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // Whoever is next takes over the place.
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= this.#maxWaiting)
      throw new HttpProblem(503, 'too-many-questions', 'more is asked than can be answered', 1);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
