export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];
export const densities = ['normal', 'compact'] as const;
export type Density = (typeof densities)[number];

/** How one operator wants the page. */
export interface Preferences {
  theme: Theme;
  density: Density;
  /** Shortcuts of a single letter; whoever dictates to the computer switches them off (WCAG 2.1.4). */
  hasLetterKeys: boolean;
}

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
