import { Table2 } from 'lucide-react';
import { useId, useState, type ReactNode } from 'react';

export interface ChartTable {
  heads: readonly string[];
  rows: readonly (readonly ReactNode[])[];
}

interface Props {
  title: string;
  note?: ReactNode;
  /** What belongs between title and the button for the table: legend, switches. */
  controls?: ReactNode;
  /** The data as a table; made only when it is asked for. */
  table: () => ChartTable;
  children: ReactNode;
  isBare?: boolean;
}

/** What every chart has around it: a title, its legend, and its numbers as a table for whoever prefers them. */
export function ChartFrame({ title, note, controls, table, children, isBare = false }: Props) {
  const [isTable, setTable] = useState(false);
  const id = useId();
  return (
    <figure className={isBare ? 'chart' : 'chart panel'} aria-labelledby={id}>
      <figcaption className="panel-head">
        <h2 id={id}>{title}</h2>
        {note !== undefined && <span className="panel-note">{note}</span>}
        <div className="panel-actions">
          {controls}
          <button
            type="button"
            className="icon-button small"
            aria-pressed={isTable}
            aria-label={`Show as table: ${title}`}
            data-tip="Show as table"
            onClick={() => setTable(!isTable)}
          >
            <Table2 size={14} aria-hidden="true" />
          </button>
        </div>
      </figcaption>
      {isTable ? <Numbers title={title} table={table()} /> : children}
    </figure>
  );
}

function Numbers({ title, table: { heads, rows } }: { title: string; table: ChartTable }) {
  return (
    <div className="chart-table" tabIndex={0} role="region" aria-label={title}>
      <table className="plain">
        <thead>
          <tr>
            {heads.map((head, i) => (
              <th key={head} scope="col" className={i === 0 ? undefined : 'number'}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, i) => (
            <tr key={i}>
              {cells.map((cell, j) => (
                <td key={j} className={j === 0 ? undefined : 'number'}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
