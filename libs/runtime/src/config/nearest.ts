const longestCompared = 100;

/**
 * The candidate a misspelt name most likely meant, or undefined when none is near. Case, `-`, `_` and `.` do not count;
 * beyond that about every third letter may be wrong, at most four. Of equals the first wins.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = bare(name);
  if (wanted.length > longestCompared) return undefined;
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const offered = bare(candidate);
    const bound = Math.min(4, Math.max(1, Math.floor(Math.max(wanted.length, offered.length) / 3)));
    const distance = editDistance(wanted, offered);
    if (distance <= bound && distance < (best?.distance ?? Infinity)) best = { candidate, distance };
  }
  return best?.candidate;
}

/** A name without what people vary when they spell it. */
export function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]/g, '');
}

/** Insertions, deletions, substitutions and swaps of neighbours between two words (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      let cost = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (isSame ? 0 : 1),
      );
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (isSwap) cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
