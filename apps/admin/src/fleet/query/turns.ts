import { setImmediate } from 'node:timers/promises';

/** Longest stretch of work between two looks at everything else: the live feed and the streams go on meanwhile. */
const turnMs = 10;

/** Long work asks it now and then whether others should have a turn. */
export class Turns {
  #since = performance.now();

  get isOver(): boolean {
    return performance.now() - this.#since >= turnMs;
  }

  /** Lets everything else run that waits. */
  async next(): Promise<void> {
    await setImmediate();
    this.#since = performance.now();
  }

  /** As `next`, once the turn is over. */
  async nextIfOver(): Promise<void> {
    if (this.isOver) await this.next();
  }
}
