import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { copyText } from './copy-text.ts';

const saysCopiedMs = 1800;

/** Copies a text and says that it did. */
export function CopyButton({ text, label }: { text: string | (() => string); label: string }) {
  const [state, setState] = useState<'ready' | 'copied' | 'refused'>('ready');
  useEffect(() => {
    if (state === 'ready') return;
    const timer = setTimeout(() => setState('ready'), saysCopiedMs);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = (): void => {
    void copyText(typeof text === 'string' ? text : text()).then((done) =>
      setState(done ? 'copied' : 'refused'),
    );
  };
  return (
    <>
      <button type="button" className="icon-button" onClick={copy} aria-label={label} data-tip={label}>
        {state === 'copied' ? <Check size={16} aria-hidden="true" /> : <Copy size={16} aria-hidden="true" />}
      </button>
      <span className="sr" role="status">
        {state === 'copied' ? 'copied' : state === 'refused' ? 'the browser refused to copy' : ''}
      </span>
    </>
  );
}
