import type { DeviceSort } from '@tributary/protocol/admin-api';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { usePreferences } from '../session/use-preferences.ts';
import { columnsOf } from './columns.tsx';
import { DeviceLine } from './device-line.tsx';
import { GridHead } from './grid-head.tsx';
import { layoutOf, rowsTogether } from './grid-layout.ts';
import type { ListView } from './list-view.ts';
import type { Selection } from './selection.ts';
import { SparkLayer } from './spark-layer.tsx';
import type { DeviceListView } from './use-device-list.ts';
import { useRowKeys } from './use-row-keys.ts';
import { useRowsOnScreen } from './use-rows-on-screen.ts';
import { useWatchedRows } from './use-watched-rows.ts';

const rowHeightsPx = { normal: 34, compact: 28 };
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
  const [wanted, setWanted] = useState({ id: '', index: 0 });
  const [menuOf, setMenuOf] = useState<string>();
  const columns = useMemo(() => columnsOf(view.columns), [view.columns]);
  const layout = useMemo(() => layoutOf(columns), [columns]);
  const { ids } = list;
  const active = ids.includes(wanted.id) ? wanted.id : ids[Math.min(wanted.index, ids.length - 1)];
  const activate = useCallback((id: string) => setWanted({ id, index: ids.indexOf(id) }), [ids]);
  const rows = useRowsOnScreen({ scroller, ids, active, rowHeightPx });
  const items = rows.getVirtualItems();
  const together = rowsTogether(items);
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
      activate(id);
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
              onFocus={activate}
              onChoose={choose}
              onMenu={setMenuOf}
            />
          );
        })}
        {sparkAt >= 0 && (
          <SparkLayer
            ids={together.map(({ index }) => ids[index] ?? '')}
            top={together[0]?.start ?? 0}
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

function useFetchAhead(list: DeviceListView, lastShown: number): void {
  const { ids, hasMore, isLoading, error, loadMore } = list;
  const wantsMore = hasMore && !isLoading && error === undefined && lastShown >= ids.length - fetchAheadRows;
  useEffect(() => {
    if (wantsMore) loadMore();
  });
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
