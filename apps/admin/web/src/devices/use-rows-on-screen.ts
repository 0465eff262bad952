import { defaultRangeExtractor, useVirtualizer, type Range } from '@tanstack/react-virtual';
import { useEffect, type RefObject } from 'react';

const overscan = 8;

/** The rows the scroller shows, and the active one wherever it is: it has the focus and must not vanish with it. */
export function useRowsOnScreen({
  scroller,
  ids,
  active,
  rowHeightPx,
}: {
  scroller: RefObject<HTMLDivElement | null>;
  ids: readonly string[];
  active: string | undefined;
  rowHeightPx: number;
}) {
  const activeIndex = active === undefined ? -1 : ids.indexOf(active);
  const rows = useVirtualizer({
    count: ids.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeightPx,
    overscan,
    getItemKey: (index) => ids[index] ?? index,
    rangeExtractor: (range: Range) => {
      const indexes = defaultRangeExtractor(range);
      return activeIndex < 0 || indexes.includes(activeIndex)
        ? indexes
        : [...indexes, activeIndex].sort((a, b) => a - b);
    },
  });
  useEffect(() => rows.measure(), [rows, rowHeightPx]);
  return rows;
}
