import { createLogger, ManualClock } from '@tributary/runtime';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { shown } from '../../testing/credentials.ts';
import { hostileAnswers, hostileServer, json, TestServer } from '../../testing/http-server.ts';
import type { Credentials } from '../authenticator.ts';
import { WebhookAuthenticator, type WebhookOptions } from './webhook-authenticator.ts';

/** Nobody waits for it who is answered. */
const patient = { maxFailures: 2, timeoutMs: 15_000, resetTimeoutMs: 5000, halfOpenSuccess: 1 };
/** For servers that do not answer. */
const hasty = { ...patient, timeoutMs: 200 };

let clock: ManualClock;
let lines: string[];
beforeEach(() => {
  clock = new ManualClock();
  lines = [];
});

function authenticator(url: string, differs: Partial<WebhookOptions> = {}): WebhookAuthenticator {
  const it = new WebhookAuthenticator({
    ...{
      name: 'hook',
      url,
      headers: { authorization: 'Bearer top-secret' },
      cacheSeconds: 60,
      denyCacheSeconds: 5,
    },
    ...{ maxCached: 100, maxAnswerBytes: 4096, maxAsking: 4, maxWaiting: 64 },
    breaker: patient,
    logger: createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } }),
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    ...differs,
  });
  onTestFinished(() => it.stop());
  return it;
}
const device = (differs: Parameters<typeof shown>[0] = {}): Credentials =>
  shown({ user: 'ann', password: 'hunter2', ...differs });
async function outcome(it: WebhookAuthenticator, credentials = device()): Promise<string> {
  const verdict = await it.authenticate(credentials);
  return verdict.kind === 'refused' ? verdict.reason : verdict.kind;
}

test('the server is told what the device shows, and says who it is', async () => {
  const expiresAt = Math.floor(clock.now() / 1000) + 3600;
  const answer = {
    result: 'allow',
    user: 'ann@berlin',
    clientId: 'pump-1',
    class: 'critical',
    claims: { site: 'berlin' },
    expiresAt,
  };
  let authorization: string | undefined;
  const server = await TestServer.start((request, response, body) => {
    authorization = request.headers.authorization;
    json(answer)(request, response, body);
  });
  expect(await authenticator(server.url).authenticate(device())).toMatchObject({
    kind: 'accepted',
    identity: {
      ...{
        by: 'hook',
        user: 'ann@berlin',
        clientId: 'pump-1',
        class: 'critical',
        claims: { site: 'berlin' },
      },
      expiresAt: expiresAt * 1000,
    },
  });
  expect(authorization).toBe('Bearer top-secret');
  expect(JSON.parse(server.asked[0]!)).toEqual({
    ...{ clientId: 'pump-1', isAssigned: false, user: 'ann', password: 'hunter2', address: '192.0.2.1' },
    ...{ listener: 'mqtt', protocol: 'mqtt5', isEncrypted: false },
  });
});

test('a password that is no text goes as base64', async () => {
  const server = await TestServer.start(json({ result: 'allow' }));
  await authenticator(server.url).authenticate(device({ password: Buffer.from([0xff, 0x00]) }));
  expect(JSON.parse(server.asked[0]!)).toMatchObject({ passwordBase64: '/wA=' });
});

test.each([
  [json({ result: 'deny' }), 'bad-credentials'],
  [json({}, 401), 'bad-credentials'],
  [json({}, 403), 'bad-credentials'],
  [json({ result: 'ignore' }), 'pass'],
])('what it says is done', async (answer, expected) => {
  const server = await TestServer.start(answer);
  expect(await outcome(authenticator(server.url))).toBe(expected);
});

test('answers are remembered for a while, each for the very credentials', async () => {
  const server = await TestServer.start(json({ result: 'allow' }));
  const it = authenticator(server.url);
  for (let i = 0; i < 5; i++) expect(await outcome(it)).toBe('accepted');
  expect(server.asked).toHaveLength(1);
  await outcome(it, device({ password: 'hunter3' }));
  await outcome(it, device({ clientId: 'pump-2' }));
  await outcome(it, device({ listener: 'other' }));
  expect(server.asked).toHaveLength(4);
  clock.advance(60_000);
  await outcome(it);
  expect(server.asked).toHaveLength(5);
});

test('who tries passwords does not have it forgotten who was let in', async () => {
  const server = await TestServer.start((request, response, body) =>
    json({ result: body.includes('hunter2') ? 'allow' : 'deny' })(request, response, body),
  );
  const it = authenticator(server.url, { maxCached: 8 });
  expect(await outcome(it)).toBe('accepted');
  for (let i = 0; i < 20; i++)
    expect(await outcome(it, device({ password: `guess-${i}` }))).toBe('bad-credentials');
  expect(server.asked).toHaveLength(21);
  expect(await outcome(it)).toBe('accepted');
  expect(await outcome(it, device({ password: 'guess-19' }))).toBe('bad-credentials');
  expect(server.asked).toHaveLength(21);
});

test('of an answer that is of no use nothing is quoted but the name of a field', async () => {
  const server = await TestServer.start(json({ result: 'allow', claims: { ['secret'.repeat(50)]: 1 } }));
  expect(await outcome(authenticator(server.url))).toBe('auth-unavailable');
  expect(lines.join()).toContain('(claims)');
  expect(lines.join()).not.toContain('secret');
});

test('an answer holds for all that was asked: from elsewhere, or in another way, it is asked anew', async () => {
  const server = await TestServer.start(json({ result: 'allow' }));
  const it = authenticator(server.url);
  expect(await outcome(it)).toBe('accepted');
  server.answer = json({ result: 'deny' });
  const differs = [{ address: '198.51.100.7' }, { protocol: 'mqtt3.1.1' }, { isEncrypted: true }];
  for (const other of differs) expect(await outcome(it, device(other))).toBe('bad-credentials');
  expect(await outcome(it)).toBe('accepted');
});

test('of a certificate it is told what stands in it', async () => {
  const server = await TestServer.start(json({ result: 'allow' }));
  const names = { commonName: 'pump-1', alternativeNames: ['DNS:pump-1'], serial: '2A', issuer: 'CN=Fleet' };
  const certificate = { ...names, fingerprint: 'ab', spki: 'key', expiresAt: 1_800_000_000_000 };
  // As the listener hands it over, with what revocation lists go by.
  const handed = { ...certificate, chain: [{ issuerKey: 'x', serialKey: '\u0002' }] };
  await outcome(authenticator(server.url), device({ certificate: handed }));
  expect((JSON.parse(server.asked[0]!) as { certificate: unknown }).certificate).toEqual(certificate);
});

test('an answer is remembered no longer than it holds, or than it asks for', async () => {
  const server = await TestServer.start(json({ result: 'allow', cacheSeconds: 0 }));
  const it = authenticator(server.url);
  await outcome(it);
  server.answer = json({ result: 'allow', expiresAt: Math.floor(clock.now() / 1000) + 10 });
  await outcome(it);
  clock.advance(11_000);
  server.answer = json({ result: 'deny' });
  expect(await outcome(it)).toBe('bad-credentials');
  expect(server.asked).toHaveLength(3);
});

test.each([...hostileAnswers])(
  'a server that %s lets nobody in, and is left alone for a while',
  async (_, behave) => {
    const it = authenticator(await hostileServer(behave), { breaker: hasty });
    for (let i = 0; i < 2; i++) expect(await outcome(it)).toBe('auth-unavailable');
    const began = performance.now();
    for (let i = 0; i < 20; i++) expect(await outcome(it)).toBe('auth-unavailable');
    // Were it asked, some of them would take four seconds.
    expect(performance.now() - began).toBeLessThan(3500);
    expect(lines.join()).not.toMatch(/hunter2|top-secret/);
  },
);

test.each([
  ['no JSON', (_: unknown, response: { end: (text: string) => void }) => response.end('<html>')],
  ['a word it does not know', json({ result: 'perhaps' })],
  ['yes instead of allow', json(true)],
  ['a client id of two lines', json({ result: 'allow', clientId: 'a\nb' })],
  ['claims of 5 kB', json({ result: 'allow', claims: { a: 'x'.repeat(5000) } })],
  ['a class nobody knows', json({ result: 'allow', class: 'royal' })],
  ['10 MB', json({ result: 'allow', claims: { a: 'x'.repeat(10 * 1024 * 1024) } })],
  ['an error', json({ result: 'allow' }, 500)],
  ['created', json({ result: 'allow' }, 201)],
])('an answer of %s lets nobody in', async (_, answer) => {
  const server = await TestServer.start(answer as Parameters<typeof TestServer.start>[0]);
  expect(await outcome(authenticator(server.url))).toBe('auth-unavailable');
});

test.each([
  [400, 'auth-unavailable'],
  [404, 'auth-unavailable'],
  [422, 'auth-unavailable'],
  [429, 'server-busy'],
])('a device it answers %i about is refused, and others are asked about', async (status, expected) => {
  const server = await TestServer.start((request, response, body) => {
    const isOdd = body.includes('odd');
    json({ result: 'allow' }, isOdd ? status : 200)(request, response, body);
  });
  const it = authenticator(server.url);
  for (let i = 0; i < 5; i++) expect(await outcome(it, device({ user: 'odd' }))).toBe(expected);
  expect(it.isServerDown()).toBe(false);
  expect(await outcome(it)).toBe('accepted');
  expect(server.asked).toHaveLength(6);
});

test.each([408, 500, 503, 301, 204])('answers of %i are failures of the server', async (status) => {
  const server = await TestServer.start(json({ result: 'allow' }, status));
  const it = authenticator(server.url);
  for (let i = 0; i < 3; i++) expect(await outcome(it)).toBe('auth-unavailable');
  expect(it.isServerDown()).toBe(true);
  expect(server.asked).toHaveLength(2);
});

test('when it is back, one at a time asks it, then everybody', async () => {
  const server = await TestServer.start(json({}, 500));
  const it = authenticator(server.url, { cacheSeconds: 0 });
  for (let i = 0; i < 3; i++) await outcome(it);
  expect(server.asked).toHaveLength(2);
  expect(it.isServerDown()).toBe(true);
  server.answer = json({ result: 'allow' });
  clock.advance(5000);
  expect(await outcome(it)).toBe('accepted');
  expect(it.isServerDown()).toBe(false);
  expect(await Promise.all([outcome(it), outcome(it)])).toEqual(['accepted', 'accepted']);
});

test('more questions than may wait are turned away', async () => {
  const it = authenticator(await hostileServer(() => {}), { breaker: hasty, maxWaiting: 8 });
  const all = Array.from({ length: 30 }, (_, i) => outcome(it, device({ clientId: `pump-${i}` })));
  expect((await Promise.all(all)).filter((reason) => reason === 'server-busy')).toHaveLength(30 - 4 - 2);
});

test('a password of 10 MB is not sent on', async () => {
  const server = await TestServer.start(json({ result: 'allow' }));
  expect(await outcome(authenticator(server.url), device({ password: Buffer.alloc(10 * 1024 * 1024) }))).toBe(
    'bad-credentials',
  );
  expect(server.asked).toEqual([]);
});
