import { CopyButton } from './copy-button.tsx';

/** A command to paste into a terminal, or a secret to keep. */
export function CopyLine({
  label,
  text,
  hidesLabel = false,
}: {
  label: string;
  text: string;
  /** It is said above already. */
  hidesLabel?: boolean;
}) {
  return (
    <div className="copy-line">
      {!hidesLabel && <span>{label}</span>}
      <div>
        <code tabIndex={0}>{text}</code>
        <CopyButton text={text} label={`Copy: ${label}`} />
      </div>
    </div>
  );
}
