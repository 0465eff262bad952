import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createLogger, ManualClock } from '@tributary/runtime';
import { beforeEach, expect, test } from 'vitest';
import { shown } from '../../testing/credentials.ts';
import { hostileAnswers, hostileServer, json, TestServer } from '../../testing/http-server.ts';
import { token, tokenNow } from '../../testing/tokens.ts';
import { until } from '../../testing/until.ts';
import { FetchedKeys } from './fetched-keys.ts';
import { JwtAuthenticator } from './jwt-authenticator.ts';

const pairs = [1, 2].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }));
const publicOf = (key: KeyObject, kid: string): object => ({
  ...key.export({ format: 'jwk' }),
  kid,
  use: 'sig',
});
const [first, second] = pairs.map(({ publicKey }, i) => publicOf(publicKey, `k${i + 1}`));
const signed = (which: number): Promise<string> =>
  token(pairs[which - 1]!.privateKey, 'ES256', {}, `k${which}`);

let clock: ManualClock;
beforeEach(() => {
  clock = new ManualClock();
});

/** `timeoutMs`: nobody waits for it who is answered. */
function authenticator(url: string, timeoutMs = 15_000): JwtAuthenticator {
  const source = new FetchedKeys({
    ...{ url, cacheSeconds: 600, cooldownSeconds: 30, logger: createLogger({ level: 'silent' }) },
    breaker: { maxFailures: 2, timeoutMs, resetTimeoutMs: 5000, halfOpenSuccess: 1 },
    monotonic: () => clock.monotonic(),
  });
  return new JwtAuthenticator({
    ...{
      name: 'jwt',
      source,
      audience: [],
      clockToleranceSeconds: 5,
      requireExpiry: true,
      maxTokenBytes: 8192,
    },
    ...{ userClaim: 'sub', now: () => tokenNow * 1000 },
  });
}
const outcome = async (it: JwtAuthenticator, password: string): Promise<string> => {
  const verdict = await it.authenticate(shown({ password }));
  return verdict.kind === 'refused' ? verdict.reason : verdict.kind;
};

test('keys are fetched once for everybody who waits, and used until they are old', async () => {
  const server = await TestServer.start(json({ keys: [first] }));
  const it = authenticator(server.url);
  const outcomes = await Promise.all(Array.from({ length: 50 }, async () => outcome(it, await signed(1))));
  expect(new Set(outcomes)).toEqual(new Set(['accepted']));
  expect(server.asked).toHaveLength(1);
  clock.advance(600_000);
  await outcome(it, await signed(1));
  await until('the keys to be fetched again', () => server.asked.length === 2);
});

test('a key that is new is looked for at once, but not for everybody who makes one up', async () => {
  const server = await TestServer.start(json({ keys: [first] }));
  const it = authenticator(server.url);
  expect(await outcome(it, await signed(1))).toBe('accepted');
  server.answer = json({ keys: [first, second] });
  for (let i = 0; i < 20; i++) expect(await outcome(it, await signed(2))).toBe('bad-credentials');
  expect(server.asked).toHaveLength(1);
  clock.advance(30_000);
  expect(await outcome(it, await signed(2))).toBe('accepted');
  expect(server.asked).toHaveLength(2);
});

test('a key the issuer took back is good no longer because nobody came with a token for a while', async () => {
  const server = await TestServer.start(json({ keys: [first] }));
  const it = authenticator(server.url);
  expect(await outcome(it, await signed(1))).toBe('accepted');
  server.answer = json({ keys: [second] });
  clock.advance(86_400_000);
  expect(await outcome(it, await signed(1))).toBe('bad-credentials');
});

test('while the issuer is away the old keys serve', async () => {
  const server = await TestServer.start(json({ keys: [first] }));
  const it = authenticator(server.url);
  expect(await outcome(it, await signed(1))).toBe('accepted');
  server.answer = json({}, 500);
  clock.advance(700_000);
  expect(await outcome(it, await signed(1))).toBe('accepted');
});

test.each([...hostileAnswers])(
  'an issuer whose server %s lets nobody in, and is left alone',
  async (_, behave) => {
    const it = authenticator(await hostileServer(behave), 200);
    const password = await signed(1);
    for (let i = 0; i < 2; i++) expect(await outcome(it, password)).toBe('auth-unavailable');
    const began = performance.now();
    for (let i = 0; i < 20; i++) expect(await outcome(it, password)).toBe('auth-unavailable');
    // Were it asked, some of them would take four seconds.
    expect(performance.now() - began).toBeLessThan(3500);
  },
);

test.each([
  [
    'no JSON',
    (
      () => (_: unknown, response: { end: (text: string) => void }) =>
        response.end('<html>')
    )(),
  ],
  ['no keys', json({ keys: [] })],
  ['published secrets', json({ keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: 'k1' }] })],
  [
    '10 MB',
    (_: unknown, response: { end: (text: string) => void }) => response.end(' '.repeat(10 * 1024 * 1024)),
  ],
])('an answer of %s lets nobody in', async (_, answer) => {
  const server = await TestServer.start(answer as Parameters<typeof TestServer.start>[0]);
  expect(await outcome(authenticator(server.url), await signed(1))).toBe('auth-unavailable');
});
