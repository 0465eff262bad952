import { preferencesSchema } from '@tributary/protocol/admin-api';
import { useSyncExternalStore } from 'react';
import { getJson, send } from '../api/client.ts';
import { defaultPreferences, readPreferences, type Preferences } from './preferences.ts';

// Kept by the server with the operator. A copy stays in the browser, so that the page has its colours before it is
// known who is there; the last operator's also dresses the sign-in.

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

/** What the server keeps for this operator counts over the copy, unless something was chosen in the meantime. */
export async function fetchPreferences(): Promise<void> {
  const before = current;
  const kept = await getJson('/session/preferences', preferencesSchema);
  if (current === before) store(kept);
}

/** Changes them here at once, and on the server when it can be had. */
export function setPreferences(change: Partial<Preferences>): void {
  store({ ...current, ...change });
  send('/session/preferences', preferencesSchema, { method: 'PUT', body: current }).catch(() => undefined);
}

function store(next: Preferences): void {
  current = next;
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
