import { setTimeout as sleep } from 'node:timers/promises';

/** A page of metrics costs a node some milliseconds, and it stays on a step for a second at least. */
const everyMs = 500;

/** Watches on which step of the overload ladder a node stands, by its metrics. */
export class StepWatch {
  /** Steps in the order they were seen, each as long as it stays once. */
  readonly steps: number[] = [];
  readonly #port: number;
  #isStopped = false;

  constructor(opsPort: number) {
    this.#port = opsPort;
    void this.#watch();
  }

  get #step(): number | undefined {
    return this.steps.at(-1);
  }

  /** Waits until the step is as asked, but not longer than `ms`. */
  async until(is: (step: number) => boolean, ms: number): Promise<void> {
    const end = performance.now() + ms;
    while (performance.now() < end) {
      if (this.#step !== undefined && is(this.#step)) return;
      await sleep(everyMs);
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #watch(): Promise<void> {
    while (!this.#isStopped) {
      const step = await this.#look();
      if (step !== undefined && step !== this.#step) this.steps.push(step);
      await sleep(everyMs);
    }
  }

  /** Undefined when a busy node does not answer. */
  async #look(): Promise<number | undefined> {
    try {
      const answer = await fetch(`http://127.0.0.1:${this.#port}/metrics`);
      const found = /^tributary_overload_step(?:\{[^}]*\})? (\d+)/m.exec(await answer.text())?.[1];
      return found === undefined ? undefined : Number(found);
    } catch {
      return undefined;
    }
  }
}
