// The link's process: node test/link/main.mjs SEED DOOR... It ends with the test that started it.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

// SIGKILL, because reads of the TUN devices wait in threads that nothing else ends.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '..', '..');
const { module } = await runnerImport(join(here, 'link-process.ts'), { root, logLevel: 'error' });
const [seed, ...doors] = process.argv.slice(2);
await module.runLink(Number(seed), doors);
