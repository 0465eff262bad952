import type { Column } from './columns.tsx';

/** How the columns share the width; head, rows and sparklines have the same. */
export interface Layout {
  /** For `grid-template-columns`: the box to select, the columns, the button for actions. */
  tracks: string;
  minPx: number;
}

export function layoutOf(columns: readonly Column[]): Layout {
  return {
    tracks: `32px ${columns.map(({ width }) => width).join(' ')} 36px`,
    minPx: columns.reduce((sum, { minPx }) => sum + minPx, 68),
  };
}

/**
 * The rows that stand below each other on screen: without the one that is kept though it is elsewhere, as it has the
 * focus. @param items in order of index.
 */
export function rowsTogether<T extends { index: number }>(items: readonly T[]): T[] {
  let longest: T[] = [];
  let run: T[] = [];
  for (const item of items) {
    const before = run.at(-1);
    run = before !== undefined && item.index === before.index + 1 ? [...run, item] : [item];
    if (run.length > longest.length) longest = run;
  }
  return longest;
}
