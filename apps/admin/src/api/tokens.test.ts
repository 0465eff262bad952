import type { TokenList, TokenMade } from '@tributary/protocol/admin-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { signIn, startTestAdmin, type TestAdmin } from '../testing/admin.ts';
import { GatewayDouble } from '../testing/gateway-double.ts';
import { Caller, problemOf, type Headers } from '../testing/http.ts';
import { until } from '../testing/until.ts';

const gateway = new GatewayDouble();
const password = 'a password for them';
let admin: TestAdmin;
let viewer: Headers;
let operator: Headers;

beforeAll(async () => {
  await gateway.start();
  admin = await startTestAdmin(gateway);
  for (const role of ['viewer', 'operator']) {
    await as(admin.headers).post('/operators', { name: role, role, password });
  }
  viewer = await signIn(admin.address, 'viewer', password);
  operator = await signIn(admin.address, 'operator', password);
});
afterAll(async () => {
  await admin.stop();
  await gateway.stop();
});

const as = (headers: Headers): Caller => new Caller(admin.address, headers);
const bearer = ({ secret }: TokenMade): Headers => ({ authorization: `Bearer ${secret}` });

async function make(headers: Headers, body: object): Promise<TokenMade> {
  const answer = await as(headers).post('/tokens', { label: 'a test', ...body });
  expect(answer.status).toBe(201);
  return answer.body as TokenMade;
}

const list = async (headers: Headers): Promise<TokenList['items']> =>
  ((await as(headers).get('/tokens')).body as TokenList).items;

test('a token does what its role may, writes without the header of browsers, and remembers when', async () => {
  const made = await make(operator, { role: 'operator', lifetimeMs: null });
  expect(made.secret).toMatch(/^tributary_[\w-]{43}$/);
  const caller = as(bearer(made));
  expect((await caller.get('/session')).body).toMatchObject({
    name: 'operator',
    role: 'operator',
    via: 'token',
  });
  expect((await caller.get('/audit')).status).toBe(200);
  expect(problemOf(await caller.get('/operators'))).toBe('403 forbidden');
  expect((await caller.delete(`/tokens/${made.token.id}`)).status).toBe(204);
  expect(problemOf(await caller.get('/session'))).toBe('401 not-signed-in');
});

test('its secret is told once: neither the list nor Redis has it', async () => {
  const made = await make(viewer, { role: 'viewer' });
  const stored = await gateway.redis.hgetall(gateway.keys.operatorTokens);
  const hidden = made.secret.slice('tributary_'.length);
  expect(JSON.stringify([stored, await list(viewer)])).not.toContain(hidden);
  await as(bearer(made)).get('/fleet');
  await until(async () => (await list(viewer)).find(({ id }) => id === made.token.id)?.lastUsedAt);
});

test.each([
  [{ role: 'operator' }, '403 more-than-own-rights'],
  [{ role: 'viewer', canReadPayload: true }, '403 more-than-own-rights'],
  [{ role: 'viewer', lifetimeMs: 1 }, '400 bad-request'],
  [{ role: 'viewer', lifetimeMs: 1e15 }, '400 bad-request'],
  [{ role: 'viewer', label: '' }, '400 bad-request'],
  [{ role: 'viewer', label: 'x'.repeat(101) }, '400 bad-request'],
  [{ role: 'viewer', owner: 'admin' }, '400 bad-request'],
])('a viewer may not make a token with %o', async (body, problem) => {
  expect(problemOf(await as(viewer).post('/tokens', { label: 'x', ...body }))).toBe(problem);
});

test('one sees and removes only the own tokens; an admin all', async () => {
  const made = await make(operator, { role: 'viewer' });
  expect((await list(viewer)).every(({ owner }) => owner === 'viewer')).toBe(true);
  expect(problemOf(await as(viewer).delete(`/tokens/${made.token.id}`))).toBe('404 token-not-found');
  expect((await list(admin.headers)).some(({ id }) => id === made.token.id)).toBe(true);
  expect((await as(admin.headers).delete(`/tokens/${made.token.id}`)).status).toBe(204);
  expect(problemOf(await as(bearer(made)).get('/session'))).toBe('401 not-signed-in');
});

test('a token can neither make tokens nor change a password nor sign out', async () => {
  const caller = as(bearer(await make(admin.headers, { role: 'admin' })));
  expect(problemOf(await caller.post('/tokens', { label: 'x', role: 'viewer' }))).toBe('403 needs-session');
  const change = { current: 'a password for tests', next: 'another password' };
  expect(problemOf(await caller.post('/session/password', change))).toBe('403 needs-session');
  expect(problemOf(await caller.delete('/session'))).toBe('403 needs-session');
  expect(problemOf(await caller.delete('/session/all'))).toBe('403 needs-session');
});

test('a token of an admin makes and changes no operators: whoever found it would outlive its removal', async () => {
  const caller = as(bearer(await make(admin.headers, { role: 'admin' })));
  expect((await caller.get('/operators')).status).toBe(200);
  const mallory = { name: 'mallory', role: 'admin', canReadPayload: true, password };
  expect(problemOf(await caller.post('/operators', mallory))).toBe('403 needs-session');
  expect(problemOf(await caller.patch('/operators/viewer', { password }))).toBe('403 needs-session');
  expect(problemOf(await caller.patch('/operators/viewer', { role: 'admin' }))).toBe('403 needs-session');
  expect(problemOf(await caller.delete('/operators/viewer'))).toBe('403 needs-session');
});

test('a token loses what its owner loses', async () => {
  await as(admin.headers).post('/operators', { name: 'bob', role: 'admin', canReadPayload: true, password });
  const bob = await signIn(admin.address, 'bob', password);
  const caller = as(bearer(await make(bob, { role: 'admin', canReadPayload: true })));
  expect((await caller.get('/session')).body).toMatchObject({ role: 'admin', canReadPayload: true });
  await as(admin.headers).patch('/operators/bob', { role: 'viewer', canReadPayload: false });
  expect((await caller.get('/session')).body).toMatchObject({ role: 'viewer', canReadPayload: false });
  await as(admin.headers).patch('/operators/bob', { isDisabled: true });
  expect(problemOf(await caller.get('/session'))).toBe('401 not-signed-in');
});

test('a token ends at its time, and its socket with it', async () => {
  const made = await make(viewer, { role: 'viewer' });
  const socket = new WebSocket(`${admin.address.replace('http', 'ws')}/api/v1/live`, {
    headers: bearer(made),
  });
  let code: number | undefined;
  socket.on('close', (reason) => (code = reason));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const { operatorTokens, operators } = gateway.keys;
  const stored = JSON.parse((await gateway.redis.hget(operatorTokens, made.token.id)) ?? '{}') as object;
  await gateway.redis.hset(
    operatorTokens,
    made.token.id,
    JSON.stringify({ ...stored, expiresAt: Date.now() }),
  );
  await gateway.redis.hincrby(operators, '', 1);
  await until(() => code === 4401);
  expect(problemOf(await as(bearer(made)).get('/session'))).toBe('401 not-signed-in');
});

test('nobody has more than twenty', async () => {
  for (const { id } of await list(viewer)) await as(viewer).delete(`/tokens/${id}`);
  for (let i = 0; i < 20; i++) await make(viewer, { role: 'viewer' });
  const answer = await as(viewer).post('/tokens', { label: 'x', role: 'viewer' });
  expect(problemOf(answer)).toBe('409 too-many-tokens');
});

test.each([
  'Bearer',
  'Bearer tributary_',
  `Bearer tributary_${'A'.repeat(43)}`,
  `Bearer ${'A'.repeat(43)}`,
  `Basic ${Buffer.from('admin:a password for tests').toString('base64')}`,
  `Bearer tributary_${'A'.repeat(8000)}`,
])('the header Authorization: %s is nobody, also beside a good cookie', async (authorization) => {
  const answer = await as({ ...admin.headers, authorization }).get('/session');
  expect(problemOf(answer)).toBe('401 not-signed-in');
});

test('a stored token or operator that cannot be read is nobody, and the rest is as before', async () => {
  const { operatorTokens, operators } = gateway.keys;
  await gateway.redis.hset(operatorTokens, { broken: 'no JSON', odd: '{"owner":"admin"}' });
  await gateway.redis.hset(operators, { odd: '{}', broken: '[' });
  const version = await gateway.redis.hincrby(operators, '', 1);
  await until(() => admin.access.book.page.version === String(version));
  expect((await as(admin.headers).get('/session')).status).toBe(200);
  await expect(signIn(admin.address, 'odd', password)).rejects.toThrow('wrong-credentials');
});
