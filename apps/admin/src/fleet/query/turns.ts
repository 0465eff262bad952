import { HttpProblem } from '../../http/problem.ts';

/** Longest stretch of work between two looks at everything else: the live feed and the streams go on meanwhile. */
const turnMs = 10;
/** So many questions at a time; who comes then is told to come back. */
const maxWaiting = 100;

// All questions share one line: in each round of the event loop one of them has its turn, however many there are.
const line: (() => void)[] = [];

function letOneIn(): void {
  line.shift()?.();
  if (line.length > 0) setImmediate(letOneIn);
}

/** Long work asks it now and then whether others should have a turn. */
export class Turns {
  readonly #now: () => number;
  #since: number | undefined;

  /** @param now monotonic ms */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Waits for a turn unless this one is not over yet. The first call always waits.
   * @throws HttpProblem 503 `too-many-questions`, the first call only
   */
  async nextIfOver(): Promise<void> {
    if (this.#since !== undefined && this.#now() - this.#since < turnMs) return;
    if (this.#since === undefined && line.length >= maxWaiting)
      throw new HttpProblem(503, 'too-many-questions', 'more is asked than can be answered', 1);
    await new Promise<void>((resolve) => {
      if (line.push(resolve) === 1) setImmediate(letOneIn);
    });
    this.#since = this.#now();
  }
}
