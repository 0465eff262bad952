import type { DeviceTable } from '../device-table.ts';

/** Answers that cost much, kept for a moment for all who ask the same. */
export class HeldAnswers<T> {
  readonly #holdMs: number;
  readonly #held = new Map<string, { table: DeviceTable; at: number; value: T }>();

  constructor(holdMs: number) {
    this.#holdMs = holdMs;
  }

  /** @param question in its one spelling. @param at monotonic ms */
  answer(question: string, table: DeviceTable, at: number, make: () => T): T {
    const held = this.#held.get(question);
    if (held?.table === table && at - held.at < this.#holdMs) return held.value;
    for (const [old, entry] of this.#held) if (at - entry.at >= this.#holdMs) this.#held.delete(old);
    const value = make();
    this.#held.set(question, { table, at, value });
    return value;
  }
}
