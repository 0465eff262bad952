import { useId, type InputHTMLAttributes, type ReactNode, type Ref } from 'react';

/** A labelled control. `render` gets the ids that tie label, hint and fault to it. */
export function Field({
  label,
  hint,
  fault,
  render,
}: {
  label: string;
  hint?: ReactNode;
  /** What is wrong with the value; announced. */
  fault?: string | undefined;
  render: (ids: { 'id': string; 'aria-describedby': string; 'aria-invalid': boolean }) => ReactNode;
}) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {render({ id, 'aria-describedby': `${id}-hint`, 'aria-invalid': fault !== undefined })}
      <small id={`${id}-hint`} data-wrong={fault !== undefined} aria-live="polite">
        {fault ?? hint}
      </small>
    </div>
  );
}

type InputProps = Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange' | 'value'> & {
  ref?: Ref<HTMLInputElement>;
};

/** A labelled line of text. */
export function TextField({
  label,
  hint,
  fault,
  value,
  onChange,
  ...rest
}: InputProps & {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: ReactNode;
  fault?: string | undefined;
}) {
  return (
    <Field
      label={label}
      hint={hint}
      fault={fault}
      render={(ids) => (
        <input
          type="text"
          {...rest}
          {...ids}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    />
  );
}

/** Why something is done: asked for by every action that touches devices. */
export const minReasonLength = 3;
export const maxReasonLength = 256;
export const isReason = (text: string): boolean => text.trim().length >= minReasonLength;

export function ReasonField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <TextField
      label="Reason"
      value={value}
      onChange={onChange}
      hint="Kept in the audit, at least 3 characters"
      maxLength={maxReasonLength}
      autoComplete="off"
      required
    />
  );
}
