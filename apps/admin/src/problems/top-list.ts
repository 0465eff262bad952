/** The `most` largest of many, without sorting all of them. */
export class TopList<T> {
  readonly #most: number;
  readonly #rows: { rank: number; row: T }[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** @param make is called only for a row that is among the largest so far */
  offer(rank: number, make: () => T): void {
    const rows = this.#rows;
    if (rows.length === this.#most && rank <= rows.at(-1)!.rank) return;
    let at = rows.length;
    while (at > 0 && rows[at - 1]!.rank < rank) at--;
    rows.splice(at, 0, { rank, row: make() });
    if (rows.length > this.#most) rows.pop();
  }

  /** Largest first. */
  rows(): T[] {
    return this.#rows.map(({ row }) => row);
  }
}
