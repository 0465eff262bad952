/** Colours of tokens as they are in the present theme: `light-dark()` is resolved by letting an element wear it. */
export function tokenColors<K extends string>(tokens: readonly K[]): Record<K, string> {
  const probe = document.createElement('i');
  probe.style.setProperty('forced-color-adjust', 'none'); // forced colours would make all bands one
  document.body.append(probe);
  const colors = {} as Record<K, string>;
  for (const token of tokens) {
    probe.style.color = `var(${token})`;
    colors[token] = getComputedStyle(probe).color;
  }
  probe.remove();
  return colors;
}

/** Calls `onChange` whenever colours may have changed; the returned function ends that. */
export function watchTheme(onChange: () => void): () => void {
  const queries = ['(prefers-color-scheme: dark)', '(forced-colors: active)'].map((query) =>
    matchMedia(query),
  );
  for (const query of queries) query.addEventListener('change', onChange);
  window.addEventListener('themechange', onChange);
  return () => {
    for (const query of queries) query.removeEventListener('change', onChange);
    window.removeEventListener('themechange', onChange);
  };
}
