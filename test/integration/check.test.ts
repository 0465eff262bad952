import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { Gateway } from '../support/gateway.ts';
import { repositoryRoot } from '../support/processes.ts';
import { until } from '../support/until.ts';

/** Has the gateway check its configuration; answers its exit code and all it said. */
async function check(redisUrl: string): Promise<{ code: number | string | undefined; said: string }> {
  const gateway = new Gateway({ redisUrl, args: ['--check'] });
  try {
    await until('the check to end', () => gateway.process.exit !== undefined);
    return { code: gateway.process.exit, said: gateway.process.lines.join('\n') };
  } finally {
    await gateway.kill();
  }
}

test.each(['redis://127.0.0.1', 'redis://user:p%25ss@[::1]:6380/3', 'rediss://redis.example'])(
  '--check takes %s',
  async (url) => {
    const { code, said } = await check(url);
    expect(said).toContain('configuration ok');
    expect(code).toBe(0);
  },
);

test('--check takes what `tributary init` writes, with the profile it was asked for', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'init-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'gateway.yaml');
  const run = promisify(execFile);
  const cli = join(repositoryRoot, 'apps/cli/dist/main.js');
  await run(process.execPath, [cli, 'init', '--file', file, '--profile', 'lossless', '--node', 'gw-9']);
  await expect(run(process.execPath, [cli, 'init', '--file', file])).rejects.toThrow('is there already');
  const gateway = join(repositoryRoot, 'apps/gateway/dist/main.js');
  const { stdout } = await run(process.execPath, [gateway, '--config', file, '--check']);
  expect(stdout).toMatch(/^configuration ok\nfile: .*\nprofile: lossless/);
});

test.each([
  'redis://:a%zz@127.0.0.1',
  'redis://127.0.0.1/abc',
  'redis://127.0.0.1/-1',
  'redis:///0',
  'http://127.0.0.1',
  'no url',
])('--check refuses %s by the name of its key, as the start would', async (url) => {
  const { code, said } = await check(url);
  expect(code).toBe(2);
  expect(said).toContain('redis.url');
  expect(said).not.toMatch(/^\s+at /m);
});
