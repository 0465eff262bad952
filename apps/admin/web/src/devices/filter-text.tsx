import type { Facet } from '@tributary/protocol/admin-api';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { suggestionsFor, wordsOf, type Suggestion } from './filter-words.ts';

interface Props {
  value: string;
  onChange: (value: string) => void;
  /** Enter, Escape or leaving: back to chips. */
  onDone: () => void;
  facets: readonly Facet[] | undefined;
  /** Where the cursor begins. */
  cursorAt: number;
}

/** The filter as text: broken words are underlined, and what a word could become is offered below. */
export function FilterText({ value, onChange, onDone, facets, cursorAt }: Props) {
  const box = useRef<HTMLInputElement>(null);
  const [cursor, setCursor] = useState(cursorAt);
  const [chosen, setChosen] = useState<number>();
  const [isShut, setShut] = useState(false);
  const list = useId();
  const { from, to, offers } = suggestionsFor(value, cursor, facets);
  const shown = isShut ? [] : offers;
  const fault = wordsOf(value).find((word) => word.fault !== undefined)?.fault;
  useEffect(() => {
    box.current?.focus();
    box.current?.setSelectionRange(cursorAt, cursorAt);
    // Only where it began; afterwards the cursor is the operator's.
    // eslint-disable-next-line
  }, []);

  const take = ({ insert }: Suggestion): void => {
    const isWhole = !/[:<>=|]$/.test(insert);
    const next = value.slice(0, from) + insert + (isWhole ? ' ' : '') + value.slice(to).trimStart();
    const at = from + insert.length + (isWhole ? 1 : 0);
    onChange(next);
    setCursor(at);
    setChosen(undefined);
    requestAnimationFrame(() => box.current?.setSelectionRange(at, at));
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const offer = chosen === undefined ? undefined : shown[chosen];
    if (event.key === 'Escape' && shown.length > 0 && chosen !== undefined) setShut(true);
    else if (event.key === 'Escape') onDone();
    else if (event.key === 'Enter' && offer === undefined) onDone();
    else if ((event.key === 'Enter' || event.key === 'Tab') && offer !== undefined) take(offer);
    else if (step !== undefined && shown.length > 0) {
      setChosen(((chosen ?? (step > 0 ? -1 : 0)) + step + shown.length) % shown.length);
    } else return;
    event.preventDefault();
  };
  return (
    <>
      <div className="filter-text">
        <Underlined value={value} />
        <input
          ref={box}
          id="search"
          type="text"
          role="combobox"
          aria-expanded={shown.length > 0}
          aria-controls={list}
          aria-activedescendant={chosen === undefined ? undefined : `${list}-${chosen}`}
          aria-label="Search devices: id, or conditions like cqi<50 node:gw-2 tag.site:berlin"
          aria-invalid={fault !== undefined}
          aria-errormessage={`${list}-fault`}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          maxLength={2048}
          value={value}
          onChange={(event) => {
            onChange(event.target.value);
            setCursor(event.target.selectionStart ?? event.target.value.length);
            setChosen(undefined);
            setShut(false);
          }}
          onSelect={(event) => setCursor(event.currentTarget.selectionStart ?? 0)}
          onKeyDown={onKey}
          onBlur={onDone}
        />
      </div>
      {shown.length > 0 && (
        <ul className="popover suggestions" role="listbox" id={list} aria-label="Suggestions">
          {shown.map((offer, i) => (
            <li
              key={offer.insert}
              id={`${list}-${i}`}
              role="option"
              aria-selected={i === chosen}
              onPointerDown={(event) => {
                event.preventDefault();
                take(offer);
              }}
            >
              <code>{offer.insert}</code>
              <small>{offer.says}</small>
            </li>
          ))}
        </ul>
      )}
      <p className="filter-fault" id={`${list}-fault`} role="status">
        {fault}
      </p>
    </>
  );
}

/** The same text behind the box, in no colour, so that only the waves under broken words show. */
function Underlined({ value }: { value: string }) {
  const faulty = wordsOf(value).filter((word) => word.fault !== undefined);
  let at = 0;
  return (
    <div className="filter-waves" aria-hidden="true">
      {faulty.map(({ from, to }) => {
        const before = value.slice(at, from);
        at = to;
        return (
          <span key={from}>
            {before}
            <mark>{value.slice(from, to)}</mark>
          </span>
        );
      })}
    </div>
  );
}
