/** Why a device counts for more than it connected as. */
export const raiseCauses = ['topic', 'command', 'watched'] as const;
/** `topic`: it published to one of `classes.topics`; `command`: a message above QoS 0 waits for its answer; `watched`: a trace looks at it. */
export type RaiseCause = (typeof raiseCauses)[number];

/** No cause raises to it. */
const none = Number.MAX_SAFE_INTEGER;

/** What raises one device at the moment: for each cause the class, by its place in `serviceClasses`, and until when. */
export class Raises {
  readonly #ranks = raiseCauses.map(() => none);
  readonly #untilMs = raiseCauses.map(() => 0);

  /** Holds until `untilMs`, monotonic; said again it holds longer. A cause that still holds does not raise to less. */
  raise(cause: RaiseCause, rank: number, nowMs: number, untilMs: number): void {
    const i = raiseCauses.indexOf(cause);
    const held = this.#untilMs[i]! > nowMs ? this.#ranks[i]! : none;
    this.#ranks[i] = Math.min(held, rank);
    this.#untilMs[i] = untilMs;
  }

  /** Goes on for a cause that holds already. */
  prolong(cause: RaiseCause, untilMs: number): void {
    const i = raiseCauses.indexOf(cause);
    if (this.#ranks[i] !== none) this.#untilMs[i] = untilMs;
  }

  /** Forgets a cause at once. */
  forget(cause: RaiseCause): void {
    const i = raiseCauses.indexOf(cause);
    this.#ranks[i] = none;
    this.#untilMs[i] = 0;
  }

  /** Whether a cause holds now. */
  has(cause: RaiseCause, nowMs: number): boolean {
    return this.#untilMs[raiseCauses.indexOf(cause)]! > nowMs;
  }

  /** Whether anything holds now; what does not any more is forgotten. */
  isOver(nowMs: number): boolean {
    for (const cause of raiseCauses) if (!this.has(cause, nowMs)) this.forget(cause);
    return this.#ranks.every((rank) => rank === none);
  }

  /** Place in `serviceClasses` of the class in force, for a device of the class at `base`. */
  rankAt(base: number, nowMs: number): number {
    let rank = base;
    for (const [i, raised] of this.#ranks.entries())
      if (this.#untilMs[i]! > nowMs && raised < rank) rank = raised;
    return rank;
  }
}
