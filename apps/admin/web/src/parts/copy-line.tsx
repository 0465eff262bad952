import { CopyButton } from './copy-button.tsx';

/** A command to paste into a terminal. */
export function CopyLine({ label, text }: { label: string; text: string }) {
  return (
    <div className="copy-line">
      <span>{label}</span>
      <div>
        <code tabIndex={0}>{text}</code>
        <CopyButton text={text} label={`Copy: ${label}`} />
      </div>
    </div>
  );
}
