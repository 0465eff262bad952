import { expect, test } from 'vitest';
import { hostileAnswers, hostileServer } from '../../testing/http-server.ts';
import { download } from './download.ts';

const limits = { timeoutMs: 250, maxBytes: 4096 };

test.each([...hostileAnswers])('a server that %s is given up in time', async (_, behave) => {
  const url = await hostileServer(behave);
  const began = performance.now();
  await expect(download(url, {}, limits)).rejects.toThrow();
  expect(performance.now() - began).toBeLessThan(10_000);
});
