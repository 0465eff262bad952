import type { TraceWatch } from '../actions/trace-watch.ts';
import type { Channel } from './channel.ts';

/** A trace, as it sees things. The watch leaves payloads out for a viewer without the right to them. */
export class TraceChannel implements Channel {
  readonly #watch: TraceWatch;

  constructor(watch: TraceWatch) {
    this.#watch = watch;
  }

  /** What is known by now: the first events come with the next delta. */
  snapshot(): object {
    return { trace: this.#watch.trace, events: this.#watch.take() };
  }

  delta(): object | undefined {
    return this.#watch.hasNews ? this.snapshot() : undefined;
  }

  close(): void {
    this.#watch.close();
  }
}
