import { Field } from '../parts/field.tsx';
import type { Duration } from './durations.ts';

/** How long something is to last, out of a few. */
export function DurationField({
  label,
  hint,
  durations,
  value,
  onChange,
}: {
  label: string;
  hint?: string;
  durations: readonly Duration[];
  value: number;
  onChange: (ms: number) => void;
}) {
  return (
    <Field
      label={label}
      hint={hint}
      render={(ids) => (
        <select {...ids} value={value} onChange={(event) => onChange(Number(event.target.value))}>
          {durations.map(({ title, ms }) => (
            <option key={ms} value={ms}>
              {title}
            </option>
          ))}
        </select>
      )}
    />
  );
}
