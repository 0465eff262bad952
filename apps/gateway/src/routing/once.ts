/** Outcomes remembered; beyond them the oldest are forgotten. */
const remembered = 50_000;

type OnDone<R> = (result: R) => void;

/**
 * Work that is done once for each name, whoever asks again: while it goes on they wait for it, afterwards they are told how
 * it ended. What ended badly is tried again.
 */
export class Once<R> {
  readonly #isGood: (result: R) => boolean;
  readonly #done = new Map<string, R>();
  readonly #waiting = new Map<string, OnDone<R>[]>();

  constructor(isGood: (result: R) => boolean) {
    this.#isGood = isGood;
  }

  run(name: string, onDone: OnDone<R>, work: (onDone: OnDone<R>) => void): void {
    const before = this.#done.get(name);
    if (before !== undefined) return onDone(before);
    const waiting = this.#waiting.get(name);
    if (waiting !== undefined) {
      waiting.push(onDone);
      return;
    }
    this.#waiting.set(name, [onDone]);
    work((result) => this.#ended(name, result));
  }

  /** Forgets what is done: names may come to mean something else. */
  forget(): void {
    this.#done.clear();
  }

  #ended(name: string, result: R): void {
    const waiting = this.#waiting.get(name) ?? [];
    this.#waiting.delete(name);
    if (this.#isGood(result)) {
      this.#done.set(name, result);
      if (this.#done.size > remembered) this.#done.delete(this.#done.keys().next().value!);
    }
    for (const onDone of waiting) onDone(result);
  }
}
