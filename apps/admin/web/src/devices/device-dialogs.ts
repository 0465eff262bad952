import { useSyncExternalStore } from 'react';

/** A dialog about devices of the list. */
export type DeviceDialog =
  | { kind: 'trace' | 'disconnect' | 'ban'; id: string }
  /** Of all that match `q`, or of the chosen `ids`. */
  | { kind: 'disconnect-many'; q: string; ids: readonly string[] };

let open: DeviceDialog | undefined;
const listeners = new Set<() => void>();

export function openDeviceDialog(dialog: DeviceDialog | undefined): void {
  open = dialog;
  for (const listener of listeners) listener();
}

export const useDeviceDialog = (): DeviceDialog | undefined =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => open,
  );
