import { MoreHorizontal } from 'lucide-react';
import { lazy, memo, Suspense } from 'react';
import { useRow } from '../live/context.ts';
import { Text } from '../parts/text.tsx';
import type { Column } from './columns.tsx';

const RowMenu = lazy(() => import('./row-menu.tsx'));

interface Props {
  id: string;
  columns: readonly Column[];
  tracks: string;
  /** 1-based among all rows of the grid, the head being 1. */
  rowIndex: number;
  top: number;
  isActive: boolean;
  isChosen: boolean;
  hasMenu: boolean;
  onFocus: (id: string) => void;
  onChoose: (id: string, isRange: boolean) => void;
  onMenu: (id: string | undefined) => void;
}

/** One device. Draws itself anew when its own row changes, and for nothing else. */
export const DeviceLine = memo(function DeviceLine(props: Props) {
  const { id, columns, tracks, rowIndex, top, isActive, isChosen, hasMenu, onFocus, onChoose, onMenu } =
    props;
  const row = useRow(id);
  const more = (
    <button type="button" className="icon-button small" aria-label="Actions" tabIndex={-1}>
      <MoreHorizontal size={15} aria-hidden="true" />
    </button>
  );
  return (
    <div
      className="grid-row"
      role="row"
      aria-rowindex={rowIndex}
      aria-selected={isChosen}
      tabIndex={isActive ? 0 : -1}
      data-state={row?.state ?? 'forgotten'}
      data-id={id}
      style={{ transform: `translateY(${top}px)`, gridTemplateColumns: tracks }}
      onFocus={() => onFocus(id)}
    >
      <div role="gridcell" className="choose">
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label="Select"
          checked={isChosen}
          onChange={(event) => onChoose(id, (event.nativeEvent as MouseEvent).shiftKey)}
        />
      </div>
      {row === undefined ? (
        <div role="gridcell" style={{ gridColumn: `span ${columns.length}` }} className="faint">
          <Text text={id} className="id" /> is forgotten: its record expired
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
      <div role="gridcell" className="row-more">
        {hasMenu ? (
          <Suspense fallback={more}>
            <RowMenu id={id} trigger={more} onClose={() => onMenu(undefined)} />
          </Suspense>
        ) : (
          <button
            type="button"
            className="icon-button small"
            aria-label="Actions"
            aria-haspopup="menu"
            tabIndex={-1}
            onClick={() => onMenu(id)}
          >
            <MoreHorizontal size={15} aria-hidden="true" />
          </button>
        )}
      </div>
    </div>
  );
});
