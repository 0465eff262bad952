import { deviceSorts, type DeviceSort, type DeviceSortKey } from '@tributary/protocol/admin-api';
import { columnNames, defaultColumns, type ColumnName } from './column-names.ts';

/** What the device table shows; its whole state is in the URL, so a link shows a colleague the same. */
export interface ListView {
  /** The filter, as text. */
  q: string;
  sort: DeviceSort;
  columns: readonly ColumnName[];
}

export const defaultSort: DeviceSort = 'id';

/** Reads a URL's search part. What it does not understand counts as not there. */
export function readView(search: string): ListView {
  const params = new URLSearchParams(search);
  const asked = (params.get('cols') ?? '').split(',');
  const known = asked.filter((name): name is ColumnName => columnNames.includes(name as ColumnName));
  return {
    q: params.get('q') ?? '',
    sort: deviceSorts.find((sort) => sort === params.get('sort')) ?? defaultSort,
    columns: known.length === 0 ? defaultColumns : [...new Set<ColumnName>(['id', ...known])],
  };
}

/** The parameters for a view, shortest form: what is as by default is left out. */
export function viewParams({
  q,
  sort,
  columns,
}: ListView): Record<'q' | 'sort' | 'cols', string | undefined> {
  const isDefault = columns.join() === defaultColumns.join();
  return {
    q: q === '' ? undefined : q,
    sort: sort === defaultSort ? undefined : sort,
    cols: isDefault ? undefined : columns.join(','),
  };
}

/** Numbers that are bad when high begin with the highest, scores with the lowest, names with the first. */
const beginsAscending = new Set<DeviceSortKey>(['id', 'state', 'node', 'class', 'score']);

/** The order after a click on a column; a second click turns it round. */
export function nextSort(current: DeviceSort, column: DeviceSortKey): DeviceSort {
  const first: DeviceSort = beginsAscending.has(column) ? column : `-${column}`;
  const second: DeviceSort = beginsAscending.has(column) ? `-${column}` : column;
  return current === first ? second : first;
}
