import type { DeviceSort, DeviceSortKey } from '@tributary/protocol/admin-api';
import { defaultRangeExtractor, useVirtualizer, type Range } from '@tanstack/react-virtual';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { SparkColumn } from '../charts/spark-column.tsx';
import { usePreferences } from '../shell/use-preferences.ts';
import { columnsOf, type Column } from './columns.tsx';
import { DeviceLine } from './device-line.tsx';
import { nextSort, type ListView } from './list-view.ts';
import type { Selection } from './selection.ts';
import type { DeviceListView } from './use-device-list.ts';
import { useRowKeys } from './use-row-keys.ts';
import { useWatchedRows } from './use-watched-rows.ts';

const rowHeightsPx = { normal: 34, compact: 28 };
const overscan = 8;
const fetchAheadRows = 40;

interface Props {
  list: DeviceListView;
  view: ListView;
  selection: Selection;
  onSort: (sort: DeviceSort) => void;
}

/** A grid of any length: only the rows on screen exist, and only those are live. */
export function DeviceTable({ list, view, selection, onSort }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const rowHeightPx = rowHeightsPx[usePreferences().density];
  const [activeId, setActiveId] = useState<string>();
  const [menuOf, setMenuOf] = useState<string>();
  const columns = useMemo(() => columnsOf(view.columns), [view.columns]);
  const layout = useMemo(() => layoutOf(columns), [columns]);
  const { ids } = list;
  const active = activeId !== undefined && ids.includes(activeId) ? activeId : ids[0];
  const rows = useRowsOnScreen({ scroller, ids, active, rowHeightPx });
  const items = rows.getVirtualItems();
  const first = items[0];
  const shownIds = items.map((item) => ids[item.index]).filter((id): id is string => id !== undefined);
  useWatchedRows(shownIds);
  useFetchAhead(list, items.at(-1)?.index ?? 0);

  const shownKey = JSON.stringify(list.shown ?? null);
  useEffect(() => {
    if (scroller.current !== null) scroller.current.scrollTop = 0;
  }, [shownKey]);

  const onKeyDown = useRowKeys({
    ids,
    active,
    refresh: list.refresh,
    toggle: selection.toggle,
    openMenu: setMenuOf,
    focus: (id, index) => {
      setActiveId(id);
      rows.scrollToIndex(index);
      requestAnimationFrame(() =>
        scroller.current?.querySelector<HTMLElement>('.grid-row[tabindex="0"]')?.focus(),
      );
    },
  });
  const choose = useCallback(
    (id: string, isRange: boolean) => (isRange ? selection.extend(id, ids) : selection.toggle(id)),
    [selection, ids],
  );
  const isOther = shownKey !== JSON.stringify(list.query);
  const sparkAt = columns.findIndex(({ name }) => name === 'spark');
  return (
    <div
      className="grid"
      role="grid"
      aria-label="Devices"
      aria-rowcount={list.total + 1}
      aria-colcount={columns.length + 2}
      aria-multiselectable="true"
      aria-busy={list.isLoading && isOther}
      data-old={list.isLoading && isOther && list.shown !== undefined}
      style={{ '--row': `${rowHeightPx}px` } as React.CSSProperties}
      ref={scroller}
      onPointerOver={fetchDevicePage}
      onFocus={fetchDevicePage}
      onKeyDown={onKeyDown}
    >
      <GridHead columns={columns} layout={layout} sort={view.sort} onSort={onSort} />
      <div
        className="grid-body"
        role="rowgroup"
        style={{ blockSize: rows.getTotalSize(), minInlineSize: layout.minPx }}
      >
        {items.map((item) => {
          const id = ids[item.index];
          if (id === undefined) return null;
          return (
            <DeviceLine
              key={item.key}
              id={id}
              columns={columns}
              tracks={layout.tracks}
              rowIndex={item.index + 2}
              top={item.start}
              isActive={id === active}
              isChosen={selection.ids.has(id)}
              hasMenu={id === menuOf}
              onFocus={setActiveId}
              onChoose={choose}
              onMenu={setMenuOf}
            />
          );
        })}
        {sparkAt >= 0 && first !== undefined && (
          <SparkLayer
            ids={contiguous(items, ids)}
            top={first.start}
            {...{ rowHeightPx, layout, track: sparkAt + 2 }}
          />
        )}
      </div>
      {list.shown === undefined && list.error === undefined && <GridSkeleton />}
    </div>
  );
}

/** Whoever looks at rows may open one: its page comes before it is asked for. */
function fetchDevicePage(): void {
  void import('../device/device-page.tsx').catch(() => undefined);
}

interface Layout {
  tracks: string;
  minPx: number;
}

function layoutOf(columns: readonly Column[]): Layout {
  return {
    tracks: `32px ${columns.map(({ width }) => width).join(' ')} 36px`,
    minPx: columns.reduce((sum, { minPx }) => sum + minPx, 68),
  };
}

/** The rows the scroller shows, and the active one wherever it is: it has the focus and must not vanish with it. */
function useRowsOnScreen({
  scroller,
  ids,
  active,
  rowHeightPx,
}: {
  scroller: React.RefObject<HTMLDivElement | null>;
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

/** Ids of the rows from the first one shown to the last, with nothing between them missing. */
function contiguous(items: readonly { index: number }[], ids: readonly string[]): string[] {
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  const isWhole = last - first < items.length + 2;
  return isWhole ? ids.slice(first, last + 1) : items.map(({ index }) => ids[index] ?? '');
}

function useFetchAhead(list: DeviceListView, lastShown: number): void {
  const { ids, hasMore, isLoading, error, loadMore } = list;
  const wantsMore = hasMore && !isLoading && error === undefined && lastShown >= ids.length - fetchAheadRows;
  useEffect(() => {
    if (wantsMore) loadMore();
  });
}

/** One canvas behind all sparklines on screen, in the track of their column. */
function SparkLayer({
  ids,
  top,
  rowHeightPx,
  layout,
  track,
}: {
  ids: readonly string[];
  top: number;
  rowHeightPx: number;
  layout: Layout;
  track: number;
}) {
  return (
    <div
      className="grid-row spark-layer"
      aria-hidden="true"
      style={{
        transform: `translateY(${top}px)`,
        gridTemplateColumns: layout.tracks,
        blockSize: ids.length * rowHeightPx,
      }}
    >
      <div style={{ gridColumn: track }}>
        <SparkColumn ids={ids} rowHeightPx={rowHeightPx} />
      </div>
    </div>
  );
}

function GridHead({
  columns,
  layout,
  sort,
  onSort,
}: {
  columns: readonly Column[];
  layout: Layout;
  sort: DeviceSort;
  onSort: (sort: DeviceSort) => void;
}) {
  const ariaSort = (key: DeviceSortKey) =>
    sort === key ? 'ascending' : sort === `-${key}` ? 'descending' : 'none';
  return (
    <div className="grid-head" role="rowgroup" style={{ minInlineSize: layout.minPx }}>
      <div className="grid-row" role="row" aria-rowindex={1} style={{ gridTemplateColumns: layout.tracks }}>
        <div role="columnheader">
          <span className="sr">Selected</span>
        </div>
        {columns.map(({ name, title, tip, sortKey, isNumber }) => (
          <div
            key={name}
            role="columnheader"
            className={isNumber === true ? 'number' : undefined}
            data-tip={tip}
            {...(sortKey !== undefined && { 'aria-sort': ariaSort(sortKey) })}
          >
            {sortKey === undefined ? (
              title
            ) : (
              <button type="button" onClick={() => onSort(nextSort(sort, sortKey))}>
                {title}
              </button>
            )}
          </div>
        ))}
        <div role="columnheader">
          <span className="sr">Actions</span>
        </div>
      </div>
    </div>
  );
}

function GridSkeleton() {
  return (
    <div className="grid-skeleton" aria-hidden="true">
      {Array.from({ length: 14 }, (_, i) => (
        <div key={i} />
      ))}
    </div>
  );
}
