import { useSyncExternalStore } from 'react';
import { defaultPreferences, readPreferences, type Preferences } from './preferences.ts';

// Kept for each operator who uses this browser; the last one's theme also dresses the sign-in.

const keyOf = (operator: string): string => `tributary.preferences.${operator}`;
const lastKey = keyOf('');

let operator = '';
let current = defaultPreferences;
const listeners = new Set<() => void>();

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage may be forbidden: then preferences last as long as the tab
  }
}

/** Takes the preferences of this operator, or of whoever was here last. */
export function loadPreferences(name = ''): void {
  operator = name;
  current = readPreferences(stored(keyOf(name)) ?? stored(lastKey));
  apply();
}

export function setPreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  try {
    for (const key of [keyOf(operator), lastKey]) localStorage.setItem(key, JSON.stringify(current));
  } catch {
    // See above.
  }
  apply();
}

export const preferences = (): Preferences => current;

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, preferences);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Tokens are `light-dark()`, so a theme is one property of the root. Charts listen for `themechange`. */
function apply(): void {
  const { theme, density } = current;
  const root = document.documentElement;
  root.style.colorScheme = theme === 'system' ? 'light dark' : theme;
  root.dataset['density'] = density;
  window.dispatchEvent(new Event('themechange'));
  for (const listener of listeners) listener();
}
