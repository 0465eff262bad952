/** Inclusive. */
export type Range = [from: number, to: number];

/**
 * A set of whole numbers as sorted ranges. Acknowledgements come almost in order, so a device that lost nothing is one
 * range however long it ran.
 */
export class RangeSet {
  readonly ranges: Range[];

  constructor(ranges: Range[] = []) {
    this.ranges = ranges;
  }

  get size(): number {
    return this.ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  }

  /** @returns false when it was in the set already. */
  add(n: number): boolean {
    let at = this.ranges.length;
    while (at > 0 && this.ranges[at - 1]![0] > n) at--;
    const before = this.ranges[at - 1];
    const after = this.ranges[at];
    if (before !== undefined && n <= before[1]) return false;
    const joinsBefore = before !== undefined && before[1] === n - 1;
    const joinsAfter = after !== undefined && after[0] === n + 1;
    if (joinsBefore && joinsAfter) {
      before[1] = after[1];
      this.ranges.splice(at, 1);
    } else if (joinsBefore) before[1] = n;
    else if (joinsAfter) after[0] = n;
    else this.ranges.splice(at, 0, [n, n]);
    return true;
  }

  has(n: number): boolean {
    return this.ranges.some(([from, to]) => from <= n && n <= to);
  }
}
