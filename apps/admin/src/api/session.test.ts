import type { AuditList, Session } from '@tributary/protocol/admin-api';
import { createLogger } from '@tributary/runtime';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { cookieOf, signIn, startTestAdmin, testPassword, type TestAdmin } from '../testing/admin.ts';
import { GatewayDouble } from '../testing/gateway-double.ts';
import { Caller, nobody, problemOf, type Answer, type Headers } from '../testing/http.ts';
import { until } from '../testing/until.ts';

// One admin for all tests; those that end its sessions or stop it have a namespace of their own. Each test comes from an
// address of its own, because failed attempts make the next ones from there wait.
let gateway: GatewayDouble;
let admin: TestAdmin;
let stops: (() => Promise<void>)[] = [];
let address: string;
let tests = 0;

beforeAll(async () => {
  gateway = new GatewayDouble();
  await gateway.start();
  admin = await startTestAdmin(gateway, {}, trustsUs);
});
beforeEach(() => {
  address = `198.51.100.${++tests}`;
});
afterEach(async () => {
  for (const stop of stops.reverse()) await stop();
  stops = [];
});
afterAll(async () => {
  await admin.stop();
  await gateway.stop();
});

/** Two seconds are promised; the machine that tests may be busy. */
const soonMs = 8000;
const trustsUs = { TRIBUTARY_ADMIN_TRUSTED_PROXIES: '["127.0.0.1"]' };

async function start(at: GatewayDouble, env: Record<string, string> = {}, parts = {}): Promise<TestAdmin> {
  const started = await startTestAdmin(at, parts, { ...trustsUs, ...env });
  stops.push(() => started.stop());
  return started;
}

/** A namespace of its own. */
async function ownGateway(): Promise<GatewayDouble> {
  const own = new GatewayDouble();
  await own.start();
  stops.push(() => own.stop());
  return own;
}

const as = (headers: Headers, at: TestAdmin = admin): Caller =>
  new Caller(at.address, { 'x-forwarded-for': address, ...headers });
const tryPassword = (password: string, name = 'admin', at = admin): Promise<Answer> =>
  as(nobody, at).post('/session', { name, password });

test('signing in answers who one is and a cookie no script and no other site gets', async () => {
  const answer = await tryPassword(testPassword);
  expect(answer).toMatchObject({
    status: 200,
    body: {
      ...{ name: 'admin', role: 'admin', canReadPayload: true, via: 'session', build: 'none' },
      ...{ csrf: { header: 'x-tributary-csrf', value: '1' }, hasFirstPassword: true },
    },
  });
  const [cookie = ''] = answer.headers.getSetCookie();
  expect(cookie).toMatch(/^tributary-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const session = (await as({ cookie: cookie.split(';')[0]! }).get('/session')).body as Session;
  expect(session.name).toBe('admin');
  expect(session.expiresAt).toBeGreaterThan(Date.now());
});

test('who signs in again at the same browser leaves no session behind that nobody can end', async () => {
  const cookieOf = (answer: Answer): string => answer.headers.getSetCookie()[0]!.split(';')[0]!;
  const first = cookieOf(await tryPassword(testPassword));
  const again = as({ ...nobody, cookie: first }).post('/session', { name: 'admin', password: testPassword });
  const second = cookieOf(await again);
  expect(problemOf(await as({ cookie: first }).get('/session'))).toBe('401 not-signed-in');
  expect((await as({ cookie: second }).get('/session')).status).toBe(200);
});

test('behind TLS the cookie is Secure and bound to this host', async () => {
  const origin = 'https://fleet.example.org';
  const proxied = await start(gateway, { TRIBUTARY_ADMIN_PUBLIC_ORIGINS: JSON.stringify([origin]) });
  const answer = await as({ ...nobody, origin }, proxied).post('/session', {
    ...{ name: 'admin', password: testPassword },
  });
  const [cookie = ''] = answer.headers.getSetCookie();
  expect(cookie).toMatch(/^__Host-tributary-session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
  const back = await as({ cookie: cookie.split(';')[0]! }, proxied).get('/session');
  expect(back.status).toBe(200);
});

test('Redis holds no cookie and no password, only what each can be checked against', async () => {
  const secret = admin.headers.cookie?.split('=')[1] ?? '';
  const keys = await gateway.redis.keys(`${gateway.keys.namespace}:{access}:*`);
  expect(keys.some((key) => key.includes(':session:'))).toBe(true);
  for (const key of keys) {
    const type = await gateway.redis.type(key);
    const read = { hash: 'hgetall', stream: 'xrange', string: 'get' }[type] ?? 'get';
    const value = await gateway.redis.call(read, key, ...(type === 'stream' ? ['-', '+'] : []));
    expect(key + JSON.stringify(value)).not.toContain(secret);
    expect(JSON.stringify(value)).not.toContain(testPassword);
  }
});

test.each(['wrong password', testPassword.toUpperCase(), `${testPassword} `])(
  'refuses %j',
  async (password) => {
    expect(problemOf(await tryPassword(password))).toBe('401 wrong-credentials');
  },
);

const hostileNames = [
  '',
  '__proto__',
  'constructor',
  'admin\n',
  "' OR 1=1",
  '<img src=x>',
  '\u202Enimda',
  '设'.repeat(80),
];

test.each(hostileNames.slice(1))(
  'refuses the name %j as any other unknown one, at the cost of one hash',
  async (name) => {
    const before = admin.access.desk.runs;
    expect(problemOf(await tryPassword(testPassword, name))).toBe('401 wrong-credentials');
    expect(admin.access.desk.runs).toBe(before + 1);
  },
);

test.each([
  ['no name', { password: 'x' }],
  ['an endless password', { name: 'admin', password: 'x'.repeat(257) }],
  ['an object for a name', { name: { $ne: '' }, password: 'x' }],
  ['more than asked', { name: 'admin', password: testPassword, role: 'admin' }],
])('refuses a sign-in with %s, without a hash', async (_what, body) => {
  const before = admin.access.desk.runs;
  expect(problemOf(await as(nobody).post('/session', body))).toBe('400 bad-request');
  expect(admin.access.desk.runs).toBe(before);
});

test('after some wrong passwords even the right one has to wait, and costs no hash', async () => {
  const outcomes: string[] = [];
  for (let i = 0; i < 8; i++) outcomes.push(problemOf(await tryPassword('wrong password')));
  expect(outcomes).toHaveLength(8);
  expect(outcomes.slice(0, 5).every((one) => one === '401 wrong-credentials')).toBe(true);
  expect(outcomes.slice(5).every((one) => one === '429 too-many-attempts')).toBe(true);
  const before = admin.access.desk.runs;
  const refused = await tryPassword(testPassword);
  expect(problemOf(refused)).toBe('429 too-many-attempts');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(admin.access.desk.runs).toBe(before);
});

test('a wrong password is in the audit, a flood of them not once each, and nothing that was typed', async () => {
  // Of strangers only some are written in a minute, and there were many before.
  const fresh = await start(gateway);
  for (let i = 0; i < 30; i++) await tryPassword('secret typed by hand', 'typed into the wrong field', fresh);
  const { body } = await as(admin.headers).get('/audit?action=session.begin');
  const { items } = body as AuditList;
  const refused = items.filter((entry) => entry.result === 'refused' && entry.address === address);
  expect(refused.map(({ detail }) => String(detail.code)).toSorted()).toEqual([
    'too-many-attempts',
    'wrong-credentials',
  ]);
  expect(JSON.stringify(body)).not.toContain('typed');
});

test.each([
  ['GET', '/session'],
  ['DELETE', '/session'],
  ['DELETE', '/session/all'],
  ['POST', '/session/password'],
  ['GET', '/devices'],
  ['GET', '/operators'],
])('%s %s is nothing for who is not signed in', async (method, path) => {
  const answer = await as(nobody).ask(method, path, method === 'POST' ? {} : undefined);
  expect(problemOf(answer)).toBe('401 not-signed-in');
  expect(answer.headers.get('www-authenticate')).toBe('Bearer');
});

test.each([
  'tributary-session=',
  `tributary-session=${'A'.repeat(43)}`,
  `tributary-session=${'A'.repeat(5000)}`,
  'tributary-session=../../etc/passwd',
  `tributary-session=a; tributary-session=${'B'.repeat(43)}`,
])('the cookie %j is nobody', async (cookie) => {
  expect(problemOf(await as({ cookie }).get('/session'))).toBe('401 not-signed-in');
});

test.each([
  ['without the header', { 'x-tributary-csrf': undefined }, '403 csrf'],
  ['with another value', { 'x-tributary-csrf': '' }, '403 csrf'],
  ['from another site', { origin: 'http://evil.example' }, '403 forbidden-origin'],
  ['from another port of this machine', { origin: 'http://127.0.0.1:1' }, '403 forbidden-origin'],
  ['from a sandboxed frame', { origin: 'null' }, '403 forbidden-origin'],
])('a write by cookie %s is refused', async (_what, headers, code) => {
  const caller = as(admin.headers).with(headers);
  expect(problemOf(await caller.delete('/session/all'))).toBe(code);
  expect(problemOf(await caller.post('/session', { name: 'admin', password: testPassword }))).toBe(code);
  expect((await as(admin.headers).get('/session')).status).toBe(200);
});

test('a form of another site cannot sign anybody in', async () => {
  const response = await fetch(`${admin.address}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ name: 'admin', password: testPassword }),
  });
  expect(response.status).toBe(403);
  expect(response.headers.getSetCookie()).toEqual([]);
});

test('signing out ends this session, on every admin', async () => {
  const own = await ownGateway();
  const one = await start(own);
  const other = await start(own);
  const stays = await signIn(one.address, 'admin', testPassword);
  expect((await as(one.headers, other).get('/session')).status).toBe(200);
  const answer = await as(one.headers, one).delete('/session');
  expect(answer.status).toBe(204);
  expect(answer.headers.getSetCookie()[0]).toContain('Expires=Thu, 01 Jan 1970');
  expect(problemOf(await as(one.headers, one).get('/session'))).toBe('401 not-signed-in');
  await until(async () => (await as(one.headers, other).get('/session')).status === 401, soonMs);
  expect((await as(stays, one).get('/session')).status).toBe(200);
});

test('signing out everywhere ends all sessions of this operator, on every admin within two seconds', async () => {
  const own = await ownGateway();
  const one = await start(own);
  const other = await start(own);
  const second = await signIn(other.address, 'admin', testPassword);
  expect((await as(second, other).delete('/session/all')).status).toBe(204);
  for (const headers of [second, one.headers]) {
    expect(problemOf(await as(headers, other).get('/session'))).toBe('401 not-signed-in');
    await until(async () => (await as(headers, one).get('/session')).status === 401, soonMs);
  }
});

test('a new password ends the other sessions, goes on in this one, and the old one is worth nothing', async () => {
  const own = await ownGateway();
  const one = await start(own);
  const other = await signIn(one.address, 'admin', testPassword);
  const change = (current: string, next: string): Promise<Answer> =>
    as(one.headers, one).post('/session/password', { current, next });
  expect(problemOf(await change('a wrong password', 'another password'))).toBe('403 wrong-password');
  expect(problemOf(await change(testPassword, 'short'))).toBe('400 bad-request');
  const changed = await change(testPassword, 'another password');
  expect(changed).toMatchObject({ status: 200, body: { name: 'admin', hasFirstPassword: false } });
  const cookie = changed.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  expect((await as({ cookie }, one).get('/session')).status).toBe(200);
  for (const headers of [other, one.headers]) {
    expect(problemOf(await as(headers, one).get('/session'))).toBe('401 not-signed-in');
  }
  expect(problemOf(await tryPassword(testPassword, 'admin', one))).toBe('401 wrong-credentials');
  expect((await tryPassword('another password', 'admin', one)).status).toBe(200);
});

test('a session outlives the admin, and ends when it is not used or too old', async () => {
  const own = await ownGateway();
  const one = await start(own);
  const answer = await fetch(`${one.address}/api/v1/session`, {
    method: 'POST',
    headers: { ...nobody, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'admin', password: testPassword }),
  });
  const cookie = cookieOf(answer);
  await one.stop();
  const next = await start(own);
  expect((await as({ cookie }, next).get('/session')).status).toBe(200);
  const [key = ''] = await own.redis.keys(own.keys.operatorSession('*'));
  const idleMs = await own.redis.pttl(key);
  expect(idleMs).toBeGreaterThan(7.9 * 3_600_000);
  expect(idleMs).toBeLessThanOrEqual(8 * 3_600_000);

  // As if it had begun eight days ago: older than a session may be, however much it is used.
  for (const each of await own.redis.keys(own.keys.operatorSession('*'))) {
    const record = JSON.parse((await own.redis.get(each)) ?? '{}') as { createdAt: number };
    await own.redis.set(each, JSON.stringify({ ...record, createdAt: Date.now() - 8 * 86_400_000 }));
  }
  await until(async () => (await as({ cookie }, next).get('/session')).status === 401);
});

test('no log line holds a password, a cookie or a token', async () => {
  const lines: string[] = [];
  const logger = createLogger({ level: 'trace', destination: { write: (line) => void lines.push(line) } });
  const chatty = await start(await ownGateway(), {}, { logger });
  await as(nobody, chatty).post('/session', { name: 'admin', password: 'a wrong password' });
  const caller = as(chatty.headers, chatty);
  const made = await caller.post('/tokens', { label: 'ci', role: 'viewer' });
  const { secret } = made.body as { secret: string };
  await as({ authorization: `Bearer ${secret}` }, chatty).get('/devices');
  await caller.post('/operators', { name: 'ann', role: 'viewer', password: 'a password of ann' });
  await caller.with({ origin: 'http://evil.example' }).get('/session');
  const text = lines.join('\n');
  const cookie = chatty.headers.cookie?.split('=')[1] ?? '-';
  for (const hidden of [testPassword, 'a wrong password', 'a password of ann', secret, cookie]) {
    expect(text).not.toContain(hidden);
  }
  expect(text).toContain('request refused');
});
