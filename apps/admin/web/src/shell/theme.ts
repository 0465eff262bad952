export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const key = 'tributary.theme';

export function storedTheme(): Theme {
  try {
    return themes.find((theme) => theme === localStorage.getItem(key)) ?? 'system';
  } catch {
    return 'system'; // storage may be forbidden
  }
}

/** Tokens are `light-dark()`, so a theme is one property of the root. Charts listen for `themechange`. */
export function applyTheme(theme: Theme): void {
  document.documentElement.style.colorScheme = theme === 'system' ? 'light dark' : theme;
  try {
    localStorage.setItem(key, theme);
  } catch {
    // Then it lasts as long as the tab.
  }
  window.dispatchEvent(new Event('themechange'));
}
