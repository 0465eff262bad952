import { maxFilterLength, type Facet } from '@tributary/protocol/admin-api';
import { Search, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Chip } from '../parts/chip.tsx';
import { shortened } from '../parts/safe-text.ts';
import { FilterText } from './filter-text.tsx';
import { withoutWord, wordsOf } from './filter-words.ts';

interface Props {
  /** The filter as the URL has it. */
  q: string;
  onChange: (q: string) => void;
  facets: readonly Facet[] | undefined;
}

const typingPauseMs = 150;

/** One box for everything that is looked for: chips to see and take away, text to write. Both are one string. */
export function FilterBox({ q, onChange, facets }: Props) {
  const [text, setText] = useState(q);
  const [editAt, setEditAt] = useState<number>();
  const told = useRef(q);
  const edit = useTextEffects({ q, text, setText, told, onChange });

  if (editAt !== undefined) {
    return (
      <div className="filter-box" data-editing="true">
        <Search size={15} aria-hidden="true" />
        <FilterText
          value={text}
          onChange={setText}
          facets={facets}
          cursorAt={editAt}
          onDone={() => {
            edit.flush();
            setEditAt(undefined);
          }}
        />
      </div>
    );
  }
  const words = wordsOf(text);
  const fault = words.find((word) => word.fault !== undefined)?.fault;
  return (
    <div className="filter-box">
      <Search size={15} aria-hidden="true" />
      {words.map((word) => (
        <Chip
          key={word.from}
          removes={word.text}
          isWrong={word.fault !== undefined}
          tip={word.fault}
          onOpen={() => setEditAt(word.to)}
          onRemove={() => edit.set(withoutWord(text, word))}
        >
          <bdi>{shortened(word.text, 60)}</bdi>
        </Chip>
      ))}
      <input
        id="search"
        type="text"
        className="filter-rest"
        aria-label="Search devices"
        placeholder={
          words.length === 0 ? 'Device id, or conditions: cqi<50  node:gw-2  tag.site:berlin  last>1h' : ''
        }
        value=""
        readOnly
        onFocus={() => setEditAt(text.length)}
      />
      {words.length > 0 && (
        <button
          type="button"
          className="icon-button small"
          aria-label="Clear search"
          onClick={() => edit.set('')}
        >
          <X size={14} aria-hidden="true" />
        </button>
      )}
      {words.length === 0 && <kbd aria-hidden="true">/</kbd>}
      {fault !== undefined && (
        <p className="filter-fault" role="alert">
          {fault}
        </p>
      )}
    </div>
  );
}

/** Keeps text and URL together: the URL follows what is typed after a pause, and the text follows the URL. */
function useTextEffects({
  q,
  text,
  setText,
  told,
  onChange,
}: {
  q: string;
  text: string;
  setText: (text: string) => void;
  told: { current: string };
  onChange: (q: string) => void;
}): { set: (text: string) => void; flush: () => void } {
  const tell = (next: string): void => {
    const said = next.trim().slice(0, maxFilterLength);
    if (said === told.current) return;
    told.current = said;
    onChange(said);
  };
  const latest = useRef(tell);
  useEffect(() => {
    latest.current = tell;
  });
  useEffect(() => {
    if (q === told.current) return;
    told.current = q;
    setText(q);
  }, [q, told, setText]);
  useEffect(() => {
    // A filter that cannot be read stays here: URL and list keep the last good one.
    if (wordsOf(text).some(({ fault }) => fault !== undefined)) return;
    const timer = setTimeout(() => latest.current(text), typingPauseMs);
    return () => clearTimeout(timer);
  }, [text]);
  return {
    set: (next) => {
      setText(next);
      latest.current(next);
    },
    flush: () => {
      if (wordsOf(text).every(({ fault }) => fault === undefined)) latest.current(text);
    },
  };
}
