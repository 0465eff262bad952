import { sessionBinOf, sessionBins } from '@tributary/backplane';

/** How long connections lasted that have ended, since the start. */
export class SessionLengths {
  /** By bin of `sessionBoundsMs`. */
  readonly counts: number[] = Array.from({ length: sessionBins }, () => 0);
  sumMs = 0;

  ended(ms: number): void {
    this.counts[sessionBinOf(ms)]!++;
    this.sumMs += ms;
  }
}

/** Tells what was counted since it was last asked. */
export class Increase {
  #before: readonly number[] = [];

  of(counts: readonly number[]): number[] {
    const more = counts.map((count, i) => count - (this.#before[i] ?? 0));
    this.#before = [...counts];
    return more;
  }
}
