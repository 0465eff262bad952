import { deviceListSchema, orderStateSchema } from '@tributary/protocol/admin-api';
import { useEffect, useMemo, useReducer, useRef } from 'react';
import { getJson } from '../api/client.ts';
import { useApi } from '../api/query.ts';
import { useFleet, useLive } from '../live/context.ts';
import { DevicePager, fitsOnePage, type ListQuery, type PagerState } from './device-pager.ts';

/** Changes come with the summary, once a second; those of one burst are one refresh. */
const settleMs = 300;
const orderEveryMs = 5000;

export interface DeviceListView extends PagerState {
  /** Rows that would stand elsewhere, or are not there yet, if the list were sorted anew. */
  moved: number;
  added: number;
  /** The server has given the order up: nobody knows how far it has aged. */
  isExpired: boolean;
  loadMore(): void;
  refresh(): void;
}

/**
 * The list for a filter. In order of id, and while it fits one page, it follows the fleet by itself: rows keep their
 * places and new ones slot in. Any other list stands still until the operator asks, so nothing moves under the pointer.
 * @param query undefined while the filter cannot be read: the last good list stays.
 */
export function useDeviceList(query: ListQuery | undefined): DeviceListView {
  const { store } = useLive();
  const list = usePager(query);
  const revision = useFleet()?.revision;
  const madeAt = useRef<number>(undefined);
  const refresh = useMemo(
    () => () => {
      madeAt.current = store.fleet?.revision;
      void list.refresh();
    },
    [list, store],
  );

  const { order } = list.state;
  const follows = fitsOnePage(list.state);
  useEffect(() => {
    if (!follows || revision === undefined) return;
    madeAt.current ??= revision;
    if (revision === madeAt.current) return;
    const timer = setTimeout(refresh, settleMs);
    return () => clearTimeout(timer);
  }, [follows, refresh, revision]);

  const isFrozen = !follows && order !== '';
  const { data } = useApi(`/devices/orders/${encodeURIComponent(order)}`, orderStateSchema, {
    enabled: isFrozen,
    everyMs: orderEveryMs,
  });
  const aged = isFrozen ? data : undefined;
  return {
    ...list.state,
    moved: aged?.moved ?? 0,
    added: aged?.added ?? 0,
    isExpired: aged?.isExpired ?? false,
    loadMore: () => void list.loadMore(),
    refresh,
  };
}

/** A pager for as long as the view is there, asked anew whenever the query changes. */
function usePager(query: ListQuery | undefined): DevicePager {
  const { store } = useLive();
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const pager = useRef<DevicePager>(null);
  pager.current ??= new DevicePager(
    {
      fetchPage: (path, signal) => getJson(path, deviceListSchema, signal),
      onChange: redraw,
      onRows: (rows, at) => store.seedRows(rows, at),
    },
    query ?? { q: '', sort: 'id' },
  );
  const list = pager.current;
  const key = query === undefined ? undefined : JSON.stringify([query.q, query.sort]);
  useEffect(() => {
    if (key === undefined) return;
    const [q, sort] = JSON.parse(key) as [string, ListQuery['sort']];
    void list.show({ q, sort });
  }, [list, key]);
  useEffect(() => () => list.stop(), [list]);
  const { ids } = list.state;
  useEffect(() => {
    store.retainRows(new Set(ids));
  }, [store, ids]);
  return list;
}
