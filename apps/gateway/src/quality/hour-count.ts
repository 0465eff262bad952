const parts = 6;
const partMs = 600_000;

/** How often something happened in the last hour, to ten minutes: six numbers, however often it does. */
export class HourCount {
  readonly #counts = [0, 0, 0, 0, 0, 0];
  /** Ten-minute part of the clock that was counted in last. */
  #part = 0;

  add(nowMs: number): void {
    this.#moveTo(nowMs);
    this.#counts[this.#part % parts]!++;
  }

  count(nowMs: number): number {
    this.#moveTo(nowMs);
    let sum = 0;
    for (const count of this.#counts) sum += count;
    return sum;
  }

  #moveTo(nowMs: number): void {
    const part = Math.floor(nowMs / partMs);
    const gone = Math.min(part - this.#part, parts);
    for (let i = 1; i <= gone; i++) this.#counts[(this.#part + i) % parts] = 0;
    this.#part = Math.max(part, this.#part);
  }
}
