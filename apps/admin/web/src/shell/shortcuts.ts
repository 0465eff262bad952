import { useEffect, useRef } from 'react';
import { preferences } from '../session/use-preferences.ts';
import { KeyMap, type Binding } from './key-map.ts';

/** The keys of this tab. */
export const keyMap = new KeyMap(() => performance.now());

/** Hears the whole page; the returned function ends it. */
export function startShortcuts(): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || isInDialog(event.target) || isPressing(event)) return;
    const state = { hasLetters: preferences().hasLetterKeys, isTyping: isTyping(event.target) };
    if (keyMap.press(event, state)) event.preventDefault();
  };
  window.addEventListener('keydown', onKey);
  return () => window.removeEventListener('keydown', onKey);
}

/** A shortcut for as long as the view is there. `run` may be new on every render. */
export function useShortcut(keys: string, title: string, run: () => void, group = 'This page'): void {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => keyMap.add({ keys, title, group, run: () => latest.current() }), [keys, title, group]);
}

/** Several at once, for a list that never changes. */
export const useShortcuts = (bindings: readonly Binding[]): void =>
  useEffect(() => keyMap.add(...bindings), [bindings]);

/** True where a letter is text and not a shortcut. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !/^(checkbox|radio|button|range)$/.test(target.type);
  return target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName);
}

const pressable =
  'button, a[href], input, select, summary, [role="button"], [role="tab"], [role="option"], [role="checkbox"], [role="row"]';

/** Space and Enter belong to whatever has the focus and can be pressed. */
const isPressing = ({ key, target }: KeyboardEvent): boolean =>
  (key === ' ' || key === 'Enter') && target instanceof Element && target.matches(pressable);

const isInDialog = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  target.closest('[role="dialog"], [role="alertdialog"], [role="menu"]') !== null;
