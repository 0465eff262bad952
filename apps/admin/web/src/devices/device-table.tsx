import type { DeviceSort } from '@tributary/protocol/admin-api';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import { useConnection, useRows } from '../live/context.ts';
import { columns } from './columns.tsx';
import { DeviceLine } from './device-line.tsx';
import { nextSort, writeFilter } from './list-filter.ts';
import type { DeviceListView } from './use-device-list.ts';
import { useRowKeys } from './use-row-keys.ts';

export const rowHeightPx = 38;
const overscan = 8;
const fetchAheadRows = 40;
const scrollPauseMs = 120;

/** A grid of any length: only the rows on screen exist, and only those are live. */
export function DeviceTable({ list, onSort }: { list: DeviceListView; onSort: (sort: DeviceSort) => void }) {
  const scroller = useRef<HTMLDivElement>(null);
  const { status } = useConnection();
  const [activeId, setActiveId] = useState<string>();
  const { ids, hasMore } = list;
  const rows = useVirtualizer({
    count: ids.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeightPx,
    overscan,
    getItemKey: (index) => ids[index] ?? index,
  });
  const items = rows.getVirtualItems();
  const visible = items.map((item) => ids[item.index]).filter((id): id is string => id !== undefined);
  useWatchedRows(visible);

  const lastShown = items.at(-1)?.index ?? 0;
  const { loadMore } = list;
  const wantsMore =
    hasMore && !list.isLoading && list.error === undefined && lastShown >= ids.length - fetchAheadRows;
  useEffect(() => {
    if (wantsMore) loadMore();
  });
  const shownKey = list.shown === undefined ? '' : writeFilter(list.shown);
  useEffect(() => {
    if (scroller.current !== null) scroller.current.scrollTop = 0;
  }, [shownKey]);

  const active = activeId !== undefined && ids.includes(activeId) ? activeId : ids[0];
  const onKeyDown = useRowKeys({
    ids,
    active,
    refresh: list.refresh,
    focus: (id, index) => {
      setActiveId(id);
      rows.scrollToIndex(index);
      requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus());
    },
  });
  const isOther = list.shown === undefined || shownKey !== writeFilter(list.filter);
  return (
    <div
      className="grid"
      role="grid"
      aria-label="Devices"
      aria-rowcount={list.total + 1}
      aria-colcount={columns.length}
      aria-busy={list.isLoading && isOther}
      data-old={status === 'lost' || (list.isLoading && isOther && list.shown !== undefined)}
      ref={scroller}
      onKeyDown={onKeyDown}
    >
      <GridHead sort={list.filter.sort} onSort={onSort} />
      <div className="grid-body" role="rowgroup" style={{ blockSize: rows.getTotalSize() }}>
        {items.map((item) => {
          const id = ids[item.index];
          if (id === undefined) return null;
          return (
            <DeviceLine
              key={item.key}
              id={id}
              rowIndex={item.index + 2}
              top={item.start}
              isActive={id === active}
              onFocus={setActiveId}
            />
          );
        })}
      </div>
      {list.shown === undefined && <GridSkeleton />}
    </div>
  );
}

function GridHead({ sort, onSort }: { sort: DeviceSort; onSort: (sort: DeviceSort) => void }) {
  const ariaSort = (key: string) => (sort === key ? 'ascending' : sort === `-${key}` ? 'descending' : 'none');
  return (
    <div className="grid-head" role="rowgroup">
      <div className="grid-row" role="row" aria-rowindex={1}>
        {columns.map(({ name, title, sortKey, isNumber }) => (
          <div
            key={name}
            role="columnheader"
            className={isNumber === true ? 'number' : undefined}
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
      </div>
    </div>
  );
}

function GridSkeleton() {
  return (
    <div className="grid-skeleton" aria-hidden="true">
      {Array.from({ length: 8 }, (_, i) => (
        <div key={i} />
      ))}
    </div>
  );
}

/** The rows on screen, told to the feed a moment after scrolling has settled. */
function useWatchedRows(ids: readonly string[]): void {
  const key = JSON.stringify(ids);
  const [watched, setWatched] = useState('[]');
  useEffect(() => {
    const timer = setTimeout(() => setWatched(key), scrollPauseMs);
    return () => clearTimeout(timer);
  }, [key]);
  useRows(JSON.parse(watched) as string[]);
}
