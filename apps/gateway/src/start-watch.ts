import type { Logger } from '@tributary/runtime';

/** How often it is said what a start waits for, ms. */
const sayAgainMs = 10_000;

/** Says what the start of a node waits for, when that takes long: silence would leave an operator to guess. */
export class StartWatch {
  readonly #timer: NodeJS.Timeout;
  #step = '';

  constructor(logger: Pick<Logger, 'warn'>) {
    this.#timer = setInterval(() => logger.warn({ step: this.#step }, 'still starting'), sayAgainMs);
    this.#timer.unref();
  }

  /** What is waited for from now on, in words. */
  at(step: string): void {
    this.#step = step;
    this.#timer.refresh();
  }

  /** Nothing any more. Idempotent. */
  end(): void {
    clearInterval(this.#timer);
  }
}
