import { useEffect, type KeyboardEvent } from 'react';
import { isTyping } from '../shell/shortcuts.ts';

interface Rows {
  ids: readonly string[];
  active: string | undefined;
  focus: (id: string, index: number) => void;
  refresh: () => void;
}

const pageOfRows = 15;

/** How far a key moves the active row; undefined for other keys. */
export function stepOf(key: string, count: number): number | undefined {
  const steps: Record<string, number> = {
    ArrowDown: 1,
    j: 1,
    ArrowUp: -1,
    k: -1,
    PageDown: pageOfRows,
    PageUp: -pageOfRows,
    Home: -count,
    End: count,
  };
  return steps[key];
}

/** `j`/`k` and arrows walk the rows, from anywhere on the page; `r` makes the list anew. */
export function useRowKeys({ ids, active, focus, refresh }: Rows): (event: KeyboardEvent) => void {
  const move = (key: string): boolean => {
    const step = stepOf(key, ids.length);
    if (step === undefined || ids.length === 0) return false;
    const from = active === undefined ? -1 : ids.indexOf(active);
    const index = Math.min(ids.length - 1, Math.max(0, from + step));
    const id = ids[index];
    if (id !== undefined) focus(id, index);
    return true;
  };
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (event.key === 'r') refresh();
      else if (event.key !== 'j' && event.key !== 'k') return;
      else move(event.key);
      event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });
  return (event) => {
    const isLetter = event.key.length === 1; // letters are heard on the whole page
    const onRow = (event.target as HTMLElement).getAttribute('role') === 'row';
    if (!isLetter && onRow && !event.ctrlKey && move(event.key)) event.preventDefault();
  };
}
