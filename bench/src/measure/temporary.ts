import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const directories = new Set<string>();
process.on('exit', () => directories.forEach((path) => rmSync(path, { recursive: true, force: true })));

/** A directory that is gone after `remove`, and in any case when this process exits. */
export async function temporaryDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'tributary-bench-'));
  directories.add(path);
  const remove = async (): Promise<void> => {
    await rm(path, { recursive: true, force: true });
    directories.delete(path);
  };
  return { path, remove };
}
