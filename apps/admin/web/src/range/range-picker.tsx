import { useId, useState, type FormEvent } from 'react';
import { formatMoment } from '../format.ts';
import { useServerNow } from '../live/context.ts';
import { endsOf, fixedRange, presets, type TimeRange } from './range.ts';
import { useRange } from './use-range.ts';

/** Chooses the stretch of time of all charts: one click for the usual ones, two fields for any other. */
export function RangePicker() {
  const [range, setRange] = useRange();
  const [isOpen, setOpen] = useState(false);
  const isFixed = range.kind === 'fixed';
  return (
    <div className="range-picker" role="group" aria-label="Time range">
      {presets.map(({ name, title, rangeMs }) => (
        <button
          key={name}
          type="button"
          aria-pressed={!isFixed && range.rangeMs === rangeMs}
          data-tip={`The last ${title}. Keys: [ and ]`}
          onClick={() => setRange({ kind: 'last', rangeMs })}
        >
          {name.slice(1)}
        </button>
      ))}
      <button
        type="button"
        aria-pressed={isFixed}
        aria-expanded={isOpen}
        data-tip="From one moment to another"
        onClick={() => setOpen(!isOpen)}
      >
        {isFixed ? <FixedWords range={range} /> : 'From…'}
      </button>
      {isOpen && <FixedFields range={range} onChoose={setRange} onClose={() => setOpen(false)} />}
    </div>
  );
}

function FixedWords({ range }: { range: Extract<TimeRange, { kind: 'fixed' }> }) {
  const now = useServerNow();
  return `${formatMoment(range.from, now)} – ${formatMoment(range.to, now)}`;
}

function FixedFields({
  range,
  onChoose,
  onClose,
}: {
  range: TimeRange;
  onChoose: (range: TimeRange) => void;
  onClose: () => void;
}) {
  const ends = endsOf(range, useServerNow());
  const [from, setFrom] = useState(() => localText(ends.from));
  const [to, setTo] = useState(() => localText(ends.to));
  const id = useId();
  const isOrdered = from !== '' && to !== '' && Date.parse(from) < Date.parse(to);
  const choose = (event: FormEvent): void => {
    event.preventDefault();
    if (!isOrdered) return;
    onChoose(fixedRange(Date.parse(from), Date.parse(to)));
    onClose();
  };
  return (
    <form
      className="range-fields popover"
      onSubmit={choose}
      onKeyDown={(event) => event.key === 'Escape' && onClose()}
    >
      <label htmlFor={`${id}-from`}>From</label>
      <input
        id={`${id}-from`}
        type="datetime-local"
        value={from}
        onChange={(e) => setFrom(e.target.value)}
        autoFocus
      />
      <label htmlFor={`${id}-to`}>To</label>
      <input id={`${id}-to`} type="datetime-local" value={to} onChange={(e) => setTo(e.target.value)} />
      <button type="submit" className="primary" disabled={!isOrdered}>
        Show
      </button>
    </form>
  );
}

/** As `datetime-local` wants it: local time, to the minute. */
function localText(at: number): string {
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
