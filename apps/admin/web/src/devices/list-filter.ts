import { deviceSorts, deviceStates, type DeviceSort, type DeviceState } from '@tributary/protocol/admin-api';

/** What the device table shows; its whole state is in the URL, so a link shows a colleague the same. */
export interface ListFilter {
  q: string;
  state: DeviceState | undefined;
  sort: DeviceSort;
}

export const noFilter: ListFilter = { q: '', state: undefined, sort: 'id' };

/** Reads a URL's search part. What it does not understand counts as not there. */
export function readFilter(search: string): ListFilter {
  const params = new URLSearchParams(search);
  return {
    q: params.get('q') ?? '',
    state: deviceStates.find((state) => state === params.get('state')),
    sort: deviceSorts.find((sort) => sort === params.get('sort')) ?? 'id',
  };
}

/** The search part for a filter, shortest form, without `?`: what is as by default is left out. */
export function writeFilter({ q, state, sort }: ListFilter): string {
  const params = new URLSearchParams();
  if (q !== '') params.set('q', q);
  if (state !== undefined) params.set('state', state);
  if (sort !== 'id') params.set('sort', sort);
  return params.toString();
}

/** The order after a click on a column: numbers begin with the greatest, names with the first. */
export function nextSort(
  current: DeviceSort,
  column: 'id' | 'rate' | 'messages' | 'lastSeen' | 'connectedAt',
): DeviceSort {
  if (column === 'id') return current === 'id' ? '-id' : 'id';
  return current === `-${column}` ? column : `-${column}`;
}
