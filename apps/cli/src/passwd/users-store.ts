import { type FileHandle, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { Failure } from '../usage-error.ts';

const privateMode = 0o600;

/**
 * Replaces the text of a file whole: readers see the old one or the new one. Two that do so at a time do not undo each other:
 * the second is refused. The file keeps its owner and mode; one that does not exist yet is made for its owner alone.
 * @throws Failure when it cannot be read or written
 */
export async function changeFile(file: string, change: (text: string) => string): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const draft = `${target}.new`;
  const handle = await open(draft, 'wx', privateMode).catch((error: unknown) => {
    throw refusal(error, draft);
  });
  try {
    await handle.writeFile(change(await textOf(target)));
    await likeBefore(handle, target);
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

/** Whoever runs the gateway must be able to read it still, whoever runs this. */
async function likeBefore(handle: FileHandle, target: string): Promise<void> {
  const before = await stat(target).catch(() => undefined);
  if (before === undefined) return;
  const { uid, gid } = await handle.stat();
  if (uid !== before.uid || gid !== before.gid) await handle.chown(before.uid, before.gid);
  await handle.chmod(before.mode & 0o777);
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function refusal(error: unknown, draft: string): Failure {
  const isBusy = (error as NodeJS.ErrnoException).code === 'EEXIST';
  if (isBusy) return new Failure(`another change is under way, or was interrupted; if not, remove ${draft}`);
  return new Failure(`${draft} cannot be written: ${(error as Error).message}`);
}
