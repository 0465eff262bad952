import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@tributary/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { shown } from '../../testing/credentials.ts';
import { until } from '../../testing/until.ts';
import { commonName, makeCertificate, pemOf } from '../../testing/x509.ts';
import { WebhookAuthenticator } from './webhook-authenticator.ts';

const [authority, other] = ['Ours', 'Theirs'].map((name) =>
  makeCertificate(commonName(name), { isAuthority: true }),
) as [ReturnType<typeof makeCertificate>, ReturnType<typeof makeCertificate>];
async function secureServer(): Promise<string> {
  const server = createServer(
    pemOf(makeCertificate(commonName('hook'), { serial: 2, issuer: authority })),
    (_request, response) => response.end(JSON.stringify({ result: 'allow' })),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test('a server is believed by its certificate alone, and the authorities are read again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-hook-'));
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, pemOf(other).cert);
  const it = new WebhookAuthenticator({
    ...{ name: 'hook', url: await secureServer(), headers: {}, caFile, cacheSeconds: 0, denyCacheSeconds: 0 },
    ...{ maxCached: 0, maxAnswerBytes: 4096, maxAsking: 1, maxWaiting: 4 },
    breaker: { maxFailures: 1000, timeoutMs: 2000, resetTimeoutMs: 5000, halfOpenSuccess: 1 },
    ...{ logger: createLogger({ level: 'silent' }), now: Date.now, monotonic: () => performance.now() },
  });
  onTestFinished(() => {
    it.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  await it.start();
  expect(await it.authenticate(shown({ user: 'ann', password: 'x' }))).toMatchObject({
    reason: 'auth-unavailable',
  });
  writeFileSync(caFile, pemOf(authority).cert);
  await until('the new authority to be known', async () => {
    const { kind } = await it.authenticate(shown({ user: 'ann', password: 'x' }));
    return kind === 'accepted';
  });
});
