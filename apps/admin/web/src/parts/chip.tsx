import { X } from 'lucide-react';
import type { ReactNode } from 'react';

/** A word that can be taken away. `isWrong`: it could not be understood. */
export function Chip({
  children,
  removes,
  onRemove,
  onOpen,
  isWrong = false,
  tip,
}: {
  children: ReactNode;
  /** What the button takes away, for those who hear it. */
  removes: string;
  onRemove: () => void;
  onOpen?: () => void;
  isWrong?: boolean;
  tip?: string | undefined;
}) {
  return (
    <span className="chip" data-wrong={isWrong} data-tip={tip}>
      {onOpen === undefined ? (
        <span className="chip-text">{children}</span>
      ) : (
        <button type="button" className="chip-text" onClick={onOpen}>
          {children}
        </button>
      )}
      <button type="button" className="chip-remove" aria-label={`Remove ${removes}`} onClick={onRemove}>
        <X size={12} aria-hidden="true" />
      </button>
    </span>
  );
}
