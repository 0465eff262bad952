import { Columns3 } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { ColumnName } from './column-names.ts';
import { allColumns } from './columns.tsx';

/** Which columns the table has; the choice is in the URL. */
export function ColumnChoice({
  chosen,
  onChange,
}: {
  chosen: readonly ColumnName[];
  onChange: (columns: readonly ColumnName[]) => void;
}) {
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    const onPress = (event: PointerEvent): void => {
      if (!(box.current?.contains(event.target as Node) ?? false)) setOpen(false);
    };
    document.addEventListener('pointerdown', onPress);
    return () => document.removeEventListener('pointerdown', onPress);
  }, [isOpen]);
  const toggle = (name: ColumnName): void => {
    const next = chosen.includes(name) ? chosen.filter((each) => each !== name) : [...chosen, name];
    onChange(allColumns.map((column) => column.name).filter((each) => next.includes(each)));
  };
  return (
    <div
      className="column-choice"
      ref={box}
      onKeyDown={(event) => {
        if (event.key === 'Escape') setOpen(false);
      }}
    >
      <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Columns3 size={14} aria-hidden="true" />
        Columns
      </button>
      {isOpen && (
        <fieldset className="popover">
          <legend className="sr">Columns</legend>
          {allColumns.map(({ name, title }) => (
            <label key={name} className="check">
              <input
                type="checkbox"
                checked={chosen.includes(name)}
                disabled={name === 'id'}
                onChange={() => toggle(name)}
              />
              {title}
            </label>
          ))}
        </fieldset>
      )}
    </div>
  );
}
