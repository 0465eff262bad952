import { CopyLine } from '../parts/copy-line.tsx';

/** Something that is told once: a password or a token that was just made. */
export function Secret({ what, text, onClose }: { what: string; text: string; onClose: () => void }) {
  return (
    <div className="secret" role="status">
      <p>
        <strong>{what}</strong> It is shown this once; afterwards nobody can read it.
      </p>
      <CopyLine label={what} text={text} hidesLabel />
      <button type="button" onClick={onClose}>
        I have kept it
      </button>
    </div>
  );
}
