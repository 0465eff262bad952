import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { Failure } from '../usage-error.ts';

const privateMode = 0o600;

/**
 * Replaces the text of a file whole: readers see the old one or the new one. Two that do so at a time do not undo each other:
 * the second is refused. A file that does not exist yet is made readable by its owner alone.
 * @throws Failure when it cannot be read or written
 */
export async function changeFile(file: string, change: (text: string) => string): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const draft = `${target}.new`;
  const handle = await open(draft, 'wx', await modeOf(target)).catch((error: unknown) => {
    throw refusal(error, draft);
  });
  try {
    await handle.writeFile(change(await textOf(target)));
    await handle.sync();
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error instanceof Failure
      ? error
      : new Failure(`${file} cannot be changed: ${(error as Error).message}`);
  } finally {
    await handle.close();
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

async function modeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.mode ?? privateMode;
}

function refusal(error: unknown, draft: string): Failure {
  const isBusy = (error as NodeJS.ErrnoException).code === 'EEXIST';
  if (isBusy) return new Failure(`another change is under way, or was interrupted; if not, remove ${draft}`);
  return new Failure(`${draft} cannot be written: ${(error as Error).message}`);
}
