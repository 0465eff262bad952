/**
 * Delta debugging (Zeller and Hildebrandt): a part of the list that still fails, from which no single item can be taken,
 * or the smallest found when time was up. `items` itself is taken to fail.
 */
export async function shrink<T>(
  items: readonly T[],
  fails: (some: readonly T[]) => Promise<boolean>,
  isTimeUp: () => boolean,
): Promise<readonly T[]> {
  let smallest = items;
  let parts = Math.min(2, smallest.length);
  while (smallest.length > 1 && !isTimeUp()) {
    const without = await firstThatFails(complements(smallest, parts), fails, isTimeUp);
    if (without !== undefined) {
      smallest = without;
      parts = Math.min(Math.max(2, parts - 1), smallest.length);
    } else if (parts < smallest.length) {
      parts = Math.min(smallest.length, parts * 2);
    } else {
      return smallest;
    }
  }
  return smallest;
}

/** The list without its first part, its second, and so on; the last first, since what fails is mostly last. */
function* complements<T>(items: readonly T[], parts: number): Generator<readonly T[]> {
  const size = Math.ceil(items.length / parts);
  for (let at = 0; at < items.length; at += size) yield items.toSpliced(at, size);
}

async function firstThatFails<T>(
  candidates: Iterable<readonly T[]>,
  fails: (some: readonly T[]) => Promise<boolean>,
  isTimeUp: () => boolean,
): Promise<readonly T[] | undefined> {
  for (const candidate of candidates) {
    if (isTimeUp()) return undefined;
    if (candidate.length > 0 && (await fails(candidate))) return candidate;
  }
  return undefined;
}
