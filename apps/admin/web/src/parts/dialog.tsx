import { AlertDialog } from '@base-ui/react/alert-dialog';
import { Dialog as BaseDialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { useState, type FormEvent, type ReactNode } from 'react';
import { ApiError } from '../api/problem.ts';
import { ErrorNote } from './states.tsx';

// Loads Base UI, so only lazily loaded pages and parts import this file.

interface DialogProps {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
  /** `wide` for tables. */
  size?: 'normal' | 'wide';
}

/** Something to read or fill in above the page. Escape, the cross and a click beside it close it. */
export function Dialog({ title, isOpen, onClose, children, size = 'normal' }: DialogProps) {
  return (
    <BaseDialog.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className="backdrop" />
        <BaseDialog.Popup className="dialog" data-size={size}>
          <header className="dialog-head">
            <BaseDialog.Title>{title}</BaseDialog.Title>
            <BaseDialog.Close className="icon-button" aria-label="Close">
              <X size={16} aria-hidden="true" />
            </BaseDialog.Close>
          </header>
          {children}
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  );
}

interface ConfirmProps {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  /** What will happen, and the fields it takes. */
  children: ReactNode;
  /** What the button does, in words: "Disconnect 12 devices". */
  action: string;
  /** `danger` cannot be taken back. */
  kind?: 'normal' | 'danger';
  /** False while something is missing: the button says so by being disabled. */
  isReady?: boolean;
  /** Does it. The dialog stays open until it is through, shows the error when it throws, and closes otherwise. */
  onConfirm: () => Promise<void>;
}

/** Asks before something is done. A click beside it does not close it; Escape and Cancel do. */
export function ConfirmDialog(props: ConfirmProps) {
  const { title, isOpen, onClose, children, action, kind = 'normal', isReady = true, onConfirm } = props;
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const close = (): void => {
    setError(undefined);
    onClose();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!isReady || isBusy) return;
    setBusy(true);
    setError(undefined);
    onConfirm()
      .then(close, (reason: unknown) =>
        setError(reason instanceof Error ? reason : new Error(String(reason))),
      )
      .finally(() => setBusy(false));
  };
  return (
    <AlertDialog.Root open={isOpen} onOpenChange={(open) => !open && !isBusy && close()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog">
          <form onSubmit={submit}>
            <header className="dialog-head">
              <AlertDialog.Title>{title}</AlertDialog.Title>
            </header>
            <div className="dialog-body">{children}</div>
            {error !== undefined && <ErrorNote what={outcomeOf(error)} error={error} />}
            <footer className="dialog-foot">
              <AlertDialog.Close disabled={isBusy}>Cancel</AlertDialog.Close>
              <button type="submit" className={`primary ${kind}`} disabled={!isReady || isBusy}>
                {isBusy ? 'One moment…' : action}
              </button>
            </footer>
          </form>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

/** Never "not done" where it may have been: an answer that was lost says nothing. */
const outcomeOf = (error: Error): string =>
  error instanceof ApiError && error.mayBeDone ? 'It may have been done:' : 'It was not done:';
