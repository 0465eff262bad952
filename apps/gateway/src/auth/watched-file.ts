import { unwatchFile, watchFile } from 'node:fs';

/** How often a file is looked at, ms. Asked by name each time, so that files replaced by renaming and by links are noticed. */
const lookMs = 1000;

/** Calls `onChange` whenever the file changes, comes or goes. @returns ends that */
export function watchedFile(file: string, onChange: () => void): () => void {
  const listener = (now: { mtimeMs: number; ino: number; size: number }, before: typeof now): void => {
    if (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino || now.size !== before.size) onChange();
  };
  watchFile(file, { interval: lookMs, persistent: false }, listener);
  return () => unwatchFile(file, listener);
}
