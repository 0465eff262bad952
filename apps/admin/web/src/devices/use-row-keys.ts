import type { KeyboardEvent } from 'react';
import { useLocation } from 'wouter';
import { devicePath } from '../parts/text.tsx';
import { useShortcut } from '../shell/shortcuts.ts';
import { rowAfter, stepOf } from './row-steps.ts';

interface Rows {
  ids: readonly string[];
  active: string | undefined;
  focus: (id: string, index: number) => void;
  refresh: () => void;
  toggle: (id: string) => void;
  openMenu: (id: string) => void;
}

/** `j`/`k` and arrows walk the rows, from anywhere on the page; the other letters do something with the active one. */
export function useRowKeys(rows: Rows): (event: KeyboardEvent) => void {
  const { ids, active, focus, refresh, toggle, openMenu } = rows;
  const [, navigate] = useLocation();
  const move = (key: string): boolean => {
    const step = stepOf(key, ids.length);
    const index = step === undefined ? undefined : rowAfter(ids, active, step);
    const id = index === undefined ? undefined : ids[index];
    if (id === undefined || index === undefined) return false;
    focus(id, index);
    return true;
  };
  const withActive = (run: (id: string) => void) => () => active !== undefined && run(active);
  useShortcut('j', 'Next row', () => move('j'));
  useShortcut('k', 'Row before', () => move('k'));
  useShortcut(
    'o',
    'Open the device',
    withActive((id) => navigate(devicePath(id))),
  );
  useShortcut('x', 'Select the row', withActive(toggle));
  useShortcut('.', 'Actions of the row', withActive(openMenu));
  useShortcut('r', 'Sort anew', refresh);
  return (event) => {
    const isLetter = event.key.length === 1 && event.key !== ' '; // letters are heard on the whole page
    if (isLetter || event.ctrlKey || (event.target as HTMLElement).role !== 'row') return;
    if (event.key === 'Enter' && active !== undefined) navigate(devicePath(active));
    else if (event.key === ' ' && active !== undefined) toggle(active);
    else if (!move(event.key)) return;
    event.preventDefault();
  };
}
