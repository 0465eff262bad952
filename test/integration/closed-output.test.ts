import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';

const runtime = new URL('../../libs/runtime/dist/index.js', import.meta.url).href;
/** A program that stops so fast that its last line is still to be written when it exits. */
const program = `
  import { createLogger, runUntilSignal } from '${runtime}';
  const logger = createLogger({ level: 'info' });
  setInterval(() => {}, 1000);
  await runUntilSignal({ logger, deadlineMs: 5000, stop: async () => {}, start: async () => logger.info('ready') });
`;

test('a program stops on SIGTERM also when nobody reads its output any more', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    for await (const chunk of child.stdout) {
      if (String(chunk).includes('ready')) break; // leaving the loop closes the pipe
    }
    const exited = once(child, 'exit', { signal: AbortSignal.timeout(15_000) });
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
  }
});
