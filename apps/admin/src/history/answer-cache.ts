interface Held<T> {
  value: T;
  /** Monotonic ms. */
  until: number;
}

/**
 * Answers that cost something, kept for a moment and shared: whoever asks while one is being made waits for the same
 * one. When making one fails, the last is given again if there is one, however old.
 */
export class AnswerCache<T> {
  readonly #held = new Map<string, Held<T>>();
  readonly #making = new Map<string, Promise<T>>();
  readonly #monotonic: () => number;
  readonly #maxHeld: number;

  /** @param maxHeld answers kept, those to the latest questions */
  constructor(monotonic: () => number, maxHeld: number) {
    this.#monotonic = monotonic;
    this.#maxHeld = maxHeld;
  }

  /** @param holdMs of an answer: how long it stands for the same question */
  async answer(key: string, make: () => Promise<T>, holdMs: (value: T) => number): Promise<T> {
    const held = this.#held.get(key);
    if (held !== undefined && this.#monotonic() < held.until) return held.value;
    const making = this.#making.get(key) ?? this.#make(key, make, holdMs);
    try {
      return await making;
    } catch (error) {
      if (held !== undefined) return held.value;
      throw error;
    }
  }

  #make(key: string, make: () => Promise<T>, holdMs: (value: T) => number): Promise<T> {
    const making = make()
      .then((value) => {
        this.#hold(key, { value, until: this.#monotonic() + holdMs(value) });
        return value;
      })
      .finally(() => this.#making.delete(key));
    this.#making.set(key, making);
    return making;
  }

  #hold(key: string, held: Held<T>): void {
    this.#held.delete(key);
    this.#held.set(key, held);
    const oldest = this.#held.keys().next();
    if (this.#held.size > this.#maxHeld && oldest.done !== true) this.#held.delete(oldest.value);
  }
}
