import type {
  DeviceRow,
  Fleet,
  HistoryPoint,
  NodeView,
  Operation,
  Problems,
  Streams,
} from '@tributary/protocol/admin-api';
import { createContext, useCallback, useContext, useEffect, useSyncExternalStore } from 'react';
import type { LiveDevice, LiveTrace } from './channels.ts';
import type { Interest } from './interests.ts';
import { rowKey, type Connection, type LiveStore } from './store.ts';

/** The live feed as views see it. */
export interface Live {
  store: LiveStore;
  /** Opens the feed; the returned function closes it. */
  start(): () => void;
  /** Asks for a channel until the returned function is called. */
  want(interest: Interest): () => void;
  retryNow(): void;
  setPaused(isPaused: boolean): void;
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

/** Holds an interest for as long as the view is there; null holds none. */
function useWant(interest: Interest | null): void {
  const live = useLive();
  const key = interest === null ? '' : JSON.stringify(interest);
  useEffect(() => (key === '' ? undefined : live.want(JSON.parse(key) as Interest)), [live, key]);
}

export const useFleet = (): Fleet | undefined => useKey('fleet', (store) => store.fleet);
/** The last ten minutes by the second. */
export const useHistory = (): readonly HistoryPoint[] => useKey('fleet', (store) => store.history);
export const useConnection = (): Connection => useKey('connection', (store) => store.connection);
/** A row somebody watches, see `useRows`; undefined when the server knows no such device. */
export const useRow = (id: string): DeviceRow | undefined => useKey(rowKey(id), (store) => store.row(id));

/** Watches these rows (at most 200 on the whole page) for as long as the view is there. */
export const useRows = (ids: readonly string[]): void => useWant({ ch: 'rows', ids: [...ids] });

export function useNodes(): readonly NodeView[] | undefined {
  useWant({ ch: 'nodes' });
  return useKey('nodes', (store) => store.nodes);
}

/** One device, live; undefined until the first snapshot of it is here. */
export function useDevice(id: string): LiveDevice | undefined {
  useWant({ ch: 'device', id });
  const device = useKey('device', (store) => store.device);
  return device?.id === id ? device : undefined;
}

export function useProblems(): Problems | undefined {
  useWant({ ch: 'problems' });
  return useKey('problems', (store) => store.problems);
}

export function useStreams(): Streams | undefined {
  useWant({ ch: 'streams' });
  return useKey('streams', (store) => store.streams);
}

/** Actions under way and those that ended lately, the latest first. */
export function useOperations(): readonly Operation[] | undefined {
  useWant({ ch: 'operations' });
  return useKey('operations', (store) => store.operations);
}

/** A running trace; null watches none. */
export function useTrace(id: string | null): LiveTrace | undefined {
  useWant(id === null ? null : { ch: 'trace', id });
  const trace = useKey('trace', (store) => store.trace);
  return trace?.id === id ? trace : undefined;
}

/** The server's clock, Unix ms, anew each second: for ages that grow while nothing happens. */
export const useServerNow = (): number => useKey('second', (store) => store.second);
