import { useSyncExternalStore } from 'react';

/** What can lie above any page. One at a time. */
export type Layer = 'palette' | 'keys' | 'link' | 'password';

let open: Layer | undefined;
const listeners = new Set<() => void>();

export function openLayer(layer: Layer | undefined): void {
  open = layer;
  for (const listener of listeners) listener();
}

export const closeLayer = (): void => openLayer(undefined);

export function useLayer(): Layer | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => open,
  );
}
