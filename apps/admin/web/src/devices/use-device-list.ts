import { useEffect, useMemo, useReducer, useRef } from 'react';
import { useFleet, useLive } from '../live/context.ts';
import { DevicePager, pageRows, type PagerState } from './device-pager.ts';
import { writeFilter, type ListFilter } from './list-filter.ts';

/** Changes come with the summary, once a second; those of one burst are one refresh. */
const settleMs = 300;

export interface DeviceListView extends PagerState {
  /** The list does not follow by itself, and made anew it may look different. */
  isStale: boolean;
  loadMore(): void;
  refresh(): void;
}

/**
 * The list for a filter. In order of id, and while it fits one page, it follows the fleet by itself: rows keep their
 * places and new ones slot in. Any other list stands still until the operator asks, so nothing moves under the pointer.
 */
export function useDeviceList(filter: ListFilter): DeviceListView {
  const { store } = useLive();
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const pager = useRef<DevicePager>(null);
  pager.current ??= new DevicePager(
    { fetchJson, onChange: redraw, onRows: (rows, at) => store.seedRows(rows, at) },
    filter,
  );
  const list = pager.current;
  const revision = useFleet()?.revision;
  const madeAt = useRef<number>(undefined);

  const key = writeFilter(filter);
  useEffect(() => {
    madeAt.current = store.fleet?.revision;
    void list.show(filter);
    // The key is the filter; the object is new on every render.
    // eslint-disable-next-line
  }, [list, key]);
  useEffect(() => () => list.stop(), [list]);
  const { ids } = list.state;
  useEffect(() => {
    store.retainRows(new Set(ids));
  }, [store, ids]);

  const follows = filter.sort === 'id' && list.state.ids.length <= pageRows;
  // Ids and connects change with the fleet's revision, the other keys all the time.
  const keyMoves = !/^-?(id|connectedAt)$/.test(filter.sort);
  const isStale = list.state.shown !== undefined && (keyMoves || revision !== madeAt.current);
  useEffect(() => {
    if (!follows || revision === undefined || revision === madeAt.current) return;
    const timer = setTimeout(() => {
      madeAt.current = store.fleet?.revision;
      void list.refresh();
    }, settleMs);
    return () => clearTimeout(timer);
  }, [follows, list, revision, store]);

  const refresh = useMemo(
    () => () => {
      madeAt.current = store.fleet?.revision;
      void list.refresh();
    },
    [list, store],
  );
  return { ...list.state, isStale: isStale && !follows, loadMore: () => void list.loadMore(), refresh };
}

async function fetchJson(path: string, signal: AbortSignal): Promise<{ ok: boolean; body: unknown }> {
  const response = await fetch(path, { signal, headers: { accept: 'application/json' } });
  return { ok: response.ok, body: (await response.json()) as unknown };
}
