import { expect, test } from 'vitest';
import { Gateway } from '../support/gateway.ts';
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
