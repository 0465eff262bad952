import { Gate } from '@tributary/runtime';
import { HttpProblem } from '../http/problem.ts';

/**
 * Work that takes much from Redis and memory, a few pieces at a time: whoever comes then waits in line, and when the line
 * is full is told to come back. However many ask, it costs no more.
 */
export class ReadingLine {
  readonly #gate: Gate;
  readonly #maxWaiting: number;

  constructor(limits: { maxRunning: number; maxWaiting: number }) {
    this.#gate = new Gate(limits.maxRunning);
    this.#maxWaiting = limits.maxWaiting;
  }

  /** @throws HttpProblem 503 `too-many-questions` when the line is full, and whatever the work throws */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#gate.isFull && this.#gate.waiting >= this.#maxWaiting)
      throw new HttpProblem(503, 'too-many-questions', 'more is asked than can be answered', 1);
    return this.#gate.run(work);
  }
}
