import type { DeviceSort, DeviceSortKey } from '@tributary/protocol/admin-api';
import type { Column } from './columns.tsx';
import type { Layout } from './grid-layout.ts';
import { nextSort } from './list-view.ts';

/** Titles of the columns; those one can sort by are buttons. */
export function GridHead({
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
