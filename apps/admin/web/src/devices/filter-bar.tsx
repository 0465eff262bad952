import { deviceStates, type DeviceState } from '@tributary/protocol/admin-api';
import { useEffect, useRef, useState } from 'react';
import { formatCount } from '../format.ts';
import { useFleet } from '../live/context.ts';
import { State } from '../parts/glyph.tsx';
import { X, Search } from 'lucide-react';
import type { ListFilter } from './list-filter.ts';

interface Props {
  filter: ListFilter;
  onChange: (filter: ListFilter) => void;
}

/** Search by the beginning of an id, and one state or all. */
export function FilterBar({ filter, onChange }: Props) {
  const counts = useFleet()?.devices;
  const choose = (state: DeviceState | undefined): void => onChange({ ...filter, state });
  return (
    <div className="filter-bar" role="search">
      <SearchBox value={filter.q} onChange={(q) => onChange({ ...filter, q })} />
      <div className="segments" role="group" aria-label="State">
        <button type="button" aria-pressed={filter.state === undefined} onClick={() => choose(undefined)}>
          All <span>{counts === undefined ? '' : formatCount(counts.total)}</span>
        </button>
        {deviceStates.map((state) => (
          <button
            key={state}
            type="button"
            aria-pressed={filter.state === state}
            onClick={() => choose(state)}
          >
            <State state={state} /> <span>{counts === undefined ? '' : formatCount(counts[state])}</span>
          </button>
        ))}
      </div>
    </div>
  );
}

const typingPauseMs = 120;

function SearchBox({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  const box = useRef<HTMLInputElement>(null);
  const said = useRef(value);
  const tell = useRef(onChange);
  useEffect(() => {
    tell.current = onChange;
  });
  // The URL may change by itself: back, a link, a chip.
  useEffect(() => {
    if (value === said.current) return;
    said.current = value;
    setTyped(value);
  }, [value]);
  useEffect(() => {
    if (typed === said.current) return;
    const timer = setTimeout(() => {
      said.current = typed;
      tell.current(typed);
    }, typingPauseMs);
    return () => clearTimeout(timer);
  }, [typed]);

  return (
    <div className="search">
      <Search size={15} />
      <input
        ref={box}
        id="search"
        type="text"
        value={typed}
        placeholder="Device id begins with…"
        aria-label="Search devices by the beginning of their id"
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        maxLength={256}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') box.current?.blur();
        }}
      />
      {typed === '' ? (
        <kbd aria-hidden="true">/</kbd>
      ) : (
        <button type="button" className="icon-button" aria-label="Clear search" onClick={() => setTyped('')}>
          <X size={15} />
        </button>
      )}
    </div>
  );
}
