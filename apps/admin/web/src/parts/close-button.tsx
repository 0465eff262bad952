import { X } from 'lucide-react';

/** Sends a notice away. */
export function CloseButton({ onClose }: { onClose: () => void }) {
  return (
    <button type="button" className="icon-button small" aria-label="Dismiss" onClick={onClose}>
      <X size={14} aria-hidden="true" />
    </button>
  );
}
