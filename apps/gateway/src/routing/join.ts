/** `full`: a subscriber's queue or the retained messages have no room. `failed`: Redis refused a part. */
export type RouteResult = 'done' | 'full' | 'failed';

/** Joins what becomes of the parts of one message; the worst is its result. Begun with one part, that of its maker. */
export class Join {
  #parts = 1;
  #result: RouteResult = 'done';
  /** A message for one of several found nobody. */
  isLost = false;
  readonly #onDone: (result: RouteResult) => void;

  constructor(onDone: (result: RouteResult) => void) {
    this.#onDone = onDone;
  }

  begin(): void {
    this.#parts++;
  }

  end(result: RouteResult): void {
    if (result === 'failed' || (result === 'full' && this.#result === 'done')) this.#result = result;
    if (--this.#parts === 0) this.#onDone(this.#result);
  }
}
