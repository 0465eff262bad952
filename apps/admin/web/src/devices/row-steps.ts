const pageOfRows = 15;

/** How far a key moves the active row; undefined for other keys. */
export function stepOf(key: string, count: number): number | undefined {
  const steps: Record<string, number> = {
    ArrowDown: 1,
    j: 1,
    ArrowUp: -1,
    k: -1,
    PageDown: pageOfRows,
    PageUp: -pageOfRows,
    Home: -count,
    End: count,
  };
  return steps[key];
}

/** The row a step leads to, from the active one; from nowhere the first. */
export function rowAfter(
  ids: readonly string[],
  active: string | undefined,
  step: number,
): number | undefined {
  if (ids.length === 0) return undefined;
  const from = active === undefined ? -1 : ids.indexOf(active);
  return Math.min(ids.length - 1, Math.max(0, from + step));
}
