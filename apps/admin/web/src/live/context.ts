import type { DeviceRow, Fleet, HistoryPoint, NodeView } from '@tributary/protocol/admin-api';
import { createContext, useCallback, useContext, useEffect, useSyncExternalStore } from 'react';
import { rowKey, type Connection, type LiveStore } from './store.ts';

/** What a view may ask the live feed for. */
export interface Live {
  store: LiveStore;
  /** Says which rows and whether nodes are on screen; called again with nothing when they no longer are. */
  watch(view: { nodes?: boolean; rowIds?: readonly string[] }): void;
  retryNow(): void;
}

export const LiveContext = createContext<Live | undefined>(undefined);

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === undefined) throw new Error('no LiveContext above this view');
  return live;
}

function useKey<T>(key: string, read: (store: LiveStore) => T): T {
  const { store } = useLive();
  const subscribe = useCallback((listener: () => void) => store.subscribe(key, listener), [store, key]);
  return useSyncExternalStore(subscribe, () => read(store));
}

export const useFleet = (): Fleet | undefined => useKey('fleet', (store) => store.fleet);
export const useHistory = (): readonly HistoryPoint[] => useKey('fleet', (store) => store.history);
export const useConnection = (): Connection => useKey('connection', (store) => store.connection);
export const useRow = (id: string): DeviceRow | undefined => useKey(rowKey(id), (store) => store.row(id));

/** The nodes, live for as long as the view is there. */
export function useNodes(): readonly NodeView[] | undefined {
  const live = useLive();
  useEffect(() => {
    live.watch({ nodes: true });
    return () => live.watch({ nodes: false });
  }, [live]);
  return useKey('nodes', (store) => store.nodes);
}

/** The server's clock, Unix ms, anew each second: for ages that grow while nothing happens. */
export const useServerNow = (): number => useKey('second', (store) => store.second);
