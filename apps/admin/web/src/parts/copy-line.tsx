import { useEffect, useState } from 'react';
import { CheckIcon, CopyIcon } from '../shell/icons.tsx';

/** A command to paste into a terminal. */
export function CopyLine({ label, text }: { label: string; text: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1800);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = (): void => {
    void navigator.clipboard.writeText(text).then(() => setCopied(true));
  };
  return (
    <div className="copy-line">
      <span>{label}</span>
      <div>
        <code tabIndex={0}>{text}</code>
        <button type="button" className="icon-button" onClick={copy} aria-label={`Copy: ${label}`}>
          {copied ? <CheckIcon /> : <CopyIcon />}
        </button>
      </div>
      <span className="sr" role="status">
        {copied ? 'copied' : ''}
      </span>
    </div>
  );
}
