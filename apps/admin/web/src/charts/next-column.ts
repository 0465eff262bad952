/** Where an arrow key leads among `count` columns; the first press from nowhere begins at the newest. */
export function nextColumn(key: string, marked: number | undefined, count: number): number | undefined {
  const last = count - 1;
  const steps: Record<string, number> = {
    ArrowLeft: (marked ?? count) - 1,
    ArrowRight: (marked ?? last - 1) + 1,
    PageUp: (marked ?? last) - 10,
    PageDown: (marked ?? last) + 10,
    Home: 0,
    End: last,
  };
  const next = steps[key];
  return next === undefined || count === 0 ? undefined : Math.min(last, Math.max(0, next));
}
