import type { OperatorPreferences } from '@tributary/protocol/admin-api';

/** How one operator wants the page. */
export type Preferences = OperatorPreferences;
export type Theme = Preferences['theme'];

export const themes = ['system', 'light', 'dark'] as const satisfies readonly Theme[];
export const densities = ['normal', 'compact'] as const satisfies readonly Preferences['density'][];

export const defaultPreferences: Preferences = { theme: 'system', density: 'normal', hasLetterKeys: true };

/** Reads what was stored; what is missing or not understood is as by default. */
export function readPreferences(text: string | null): Preferences {
  const stored = parsed(text);
  return {
    theme: themes.find((theme) => theme === stored['theme']) ?? defaultPreferences.theme,
    density: densities.find((density) => density === stored['density']) ?? defaultPreferences.density,
    hasLetterKeys: stored['hasLetterKeys'] !== false,
  };
}

function parsed(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
