import { memo } from 'react';
import { useRow } from '../live/context.ts';
import { columns } from './columns.tsx';

interface Props {
  id: string;
  /** 1-based among all rows of the grid, the head being 1. */
  rowIndex: number;
  top: number;
  isActive: boolean;
  onFocus: (id: string) => void;
}

/** One device. Draws itself anew when its own row changes, and for nothing else. */
export const DeviceLine = memo(function DeviceLine({ id, rowIndex, top, isActive, onFocus }: Props) {
  const row = useRow(id);
  return (
    <div
      className="grid-row"
      role="row"
      aria-rowindex={rowIndex}
      tabIndex={isActive ? 0 : -1}
      data-state={row?.state ?? 'forgotten'}
      style={{ transform: `translateY(${top}px)` }}
      onFocus={() => onFocus(id)}
    >
      {row === undefined ? (
        <div role="gridcell" aria-colspan={columns.length} className="faint">
          <bdi className="id">{id}</bdi> is forgotten: its record expired
        </div>
      ) : (
        columns.map(({ name, isNumber, cell }) => (
          <div
            key={name}
            role="gridcell"
            data-column={name}
            className={isNumber === true ? 'number' : undefined}
          >
            {cell(row)}
          </div>
        ))
      )}
    </div>
  );
});
