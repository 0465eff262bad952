import type { OperatorList, OperatorMade } from '@tributary/protocol/admin-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { signIn, startTestAdmin, type TestAdmin } from '../testing/admin.ts';
import { GatewayDouble } from '../testing/gateway-double.ts';
import { Caller, problemOf, type Headers } from '../testing/http.ts';
import { until } from '../testing/until.ts';

const gateway = new GatewayDouble();
let admin: TestAdmin;
let other: TestAdmin;
let caller: Caller;

beforeAll(async () => {
  await gateway.start();
  admin = await startTestAdmin(gateway);
  other = await startTestAdmin(gateway);
  caller = new Caller(admin.address, admin.headers);
});
afterAll(async () => {
  await admin.stop();
  await other.stop();
  await gateway.stop();
});

/** Two seconds are promised; the machine that tests may be busy. */
const soonMs = 5000;
let made = 0;
const password = 'a password for them';

/** A new operator, signed in. */
async function someone(role: string, more: object = {}): Promise<{ name: string; headers: Headers }> {
  const name = `${role}-${++made}`;
  const answer = await caller.post('/operators', { name, role, password, ...more });
  expect(answer.status).toBe(201);
  return { name, headers: await signIn(admin.address, name, password) };
}

const as = (headers: Headers, at = admin): Caller => new Caller(at.address, headers);
const names = async (): Promise<string[]> =>
  ((await caller.get('/operators')).body as OperatorList).items.map(({ name }) => name);

test('an operator without a password gets one that is told once and is good', async () => {
  const answer = await caller.post('/operators', { name: 'ann', role: 'operator' });
  expect(answer.status).toBe(201);
  const { operator, password: told } = answer.body as OperatorMade;
  expect(operator).toMatchObject({
    ...{ name: 'ann', role: 'operator', canReadPayload: false, isDisabled: false },
    ...{ hasFirstPassword: true, createdBy: 'admin' },
  });
  const headers = await signIn(admin.address, 'ann', told ?? '');
  expect((await as(headers).get('/session')).body).toMatchObject({ name: 'ann', role: 'operator' });
  expect(JSON.stringify((await caller.get('/operators')).body)).not.toContain(told);
  expect(JSON.stringify((await caller.get('/operators')).body)).not.toMatch(/salt|hash|scrypt/);
  expect(await names()).toEqual([...(await names())].toSorted());
});

test.each([
  ['the same name again', { name: 'admin', role: 'viewer' }, '409 operator-exists'],
  ['no name', { name: '', role: 'viewer' }, '400 bad-request'],
  ['a name with a blank', { name: 'a b', role: 'viewer' }, '400 bad-request'],
  ['a name with markup', { name: '<b>', role: 'viewer' }, '400 bad-request'],
  ['a name that turns the text around', { name: 'a\u202Eb', role: 'viewer' }, '400 bad-request'],
  ['an endless name', { name: 'a'.repeat(65), role: 'viewer' }, '400 bad-request'],
  ['an unknown role', { name: 'x', role: 'root' }, '400 bad-request'],
  ['a short password', { name: 'x', role: 'viewer', password: 'hunter2' }, '400 bad-request'],
  ['an endless password', { name: 'x', role: 'viewer', password: 'x'.repeat(257) }, '400 bad-request'],
  ['what nobody knows', { name: 'x', role: 'viewer', isRoot: true }, '400 bad-request'],
])('refuses an operator with %s', async (_what, body, problem) => {
  const before = await names();
  expect(problemOf(await caller.post('/operators', body))).toBe(problem);
  expect(await names()).toEqual(before);
});

test.each(['__proto__', 'constructor', 'toString'])('%s is a name like any other', async (name) => {
  const isName = /^[A-Za-z0-9]/.test(name);
  const answer = await caller.post('/operators', { name, role: 'viewer', password });
  expect(answer.status).toBe(isName ? 201 : 400);
  if (isName) expect((await signIn(admin.address, name, password)).cookie).toBeDefined();
  expect(problemOf(await caller.patch('/operators/hasOwnProperty', {}))).toBe('404 operator-not-found');
});

test.each([
  ['viewer', 'GET', '/audit'],
  ['viewer', 'GET', '/operators'],
  ['operator', 'GET', '/operators'],
  ['operator', 'POST', '/operators'],
  ['operator', 'PATCH', '/operators/admin'],
  ['operator', 'DELETE', '/operators/admin'],
])('a %s may not %s %s', async (role, method, path) => {
  const { headers } = await someone(role);
  const body = method === 'POST' || method === 'PATCH' ? {} : undefined;
  expect(problemOf(await as(headers).ask(method, path, body))).toBe('403 forbidden');
});

test('what a viewer tried is in the audit under their name', async () => {
  const { name, headers } = await someone('viewer');
  await as(headers).delete('/operators/admin');
  const entry = { who: name, action: 'operator.remove', result: 'refused', detail: { code: 'forbidden' } };
  await until(async () => {
    const { body } = await caller.get(`/audit?who=${name}&action=operator.remove`);
    expect((body as { items: unknown[] }).items[0]).toMatchObject(entry);
    return true;
  });
});

test.each([
  ['another role', { role: 'operator' }],
  ['another right', { canReadPayload: true }],
  ['being disabled', { isDisabled: true }],
  ['another password', { password: 'a password of another' }],
])('%s ends their sessions on every admin within two seconds', async (_what, change) => {
  const { name, headers } = await someone('viewer');
  expect((await as(headers, other).get('/session')).status).toBe(200);
  expect((await caller.patch(`/operators/${name}`, change)).status).toBe(200);
  expect(problemOf(await as(headers).get('/session'))).toBe('401 not-signed-in');
  await until(async () => (await as(headers, other).get('/session')).status === 401, soonMs);
});

test('a disabled operator cannot sign in until enabled again', async () => {
  const { name } = await someone('viewer');
  await caller.patch(`/operators/${name}`, { isDisabled: true });
  await expect(signIn(admin.address, name, password)).rejects.toThrow('wrong-credentials');
  await caller.patch(`/operators/${name}`, { isDisabled: false });
  expect((await signIn(admin.address, name, password)).cookie).toBeDefined();
});

test('a password made anew is told once and replaces the old one', async () => {
  const { name } = await someone('viewer');
  const { password: told, operator } = (await caller.patch(`/operators/${name}`, { password: null }))
    .body as OperatorMade;
  expect(operator.hasFirstPassword).toBe(true);
  await expect(signIn(admin.address, name, password)).rejects.toThrow('wrong-credentials');
  expect((await signIn(admin.address, name, told ?? '')).cookie).toBeDefined();
});

test('a removed operator is gone with sessions, tokens and open sockets, and a new one of that name is another', async () => {
  const { name, headers } = await someone('viewer');
  const token = (await as(headers).post('/tokens', { label: 'x', role: 'viewer' })).body as {
    secret: string;
  };
  const bearer = { authorization: `Bearer ${token.secret}` };
  expect((await as(bearer).get('/session')).status).toBe(200);
  const closed = [await watch(headers, admin), await watch(headers, other), await watch(bearer, other)];
  expect((await caller.delete(`/operators/${name}`)).status).toBe(204);
  for (const socket of closed) await until(() => socket.code() === 4401, soonMs);
  for (const gone of [headers, bearer]) {
    expect(problemOf(await as(gone).get('/session'))).toBe('401 not-signed-in');
  }
  await caller.post('/operators', { name, role: 'admin', password });
  for (const gone of [headers, bearer]) {
    expect(problemOf(await as(gone).get('/session'))).toBe('401 not-signed-in');
  }
});

test('the last admin stays: not removed, not disabled, no lesser role', async () => {
  const refused = async (): Promise<string[]> => [
    problemOf(await caller.delete('/operators/admin')),
    problemOf(await caller.patch('/operators/admin', { isDisabled: true })),
    problemOf(await caller.patch('/operators/admin', { role: 'operator' })),
  ];
  for (const name of await names()) if (name !== 'admin') await caller.delete(`/operators/${name}`);
  expect(await refused()).toEqual(['409 last-admin', '409 last-admin', '409 last-admin']);
  const { name } = await someone('admin', {});
  await caller.patch(`/operators/${name}`, { isDisabled: true });
  expect(await refused()).toEqual(['409 last-admin', '409 last-admin', '409 last-admin']);
});

test('of two admins who demote each other at the same time one stays', async () => {
  for (const name of await names()) if (name !== 'admin') await caller.delete(`/operators/${name}`);
  const second = await someone('admin');
  await until(() => other.access.book.page.operators.has(second.name));
  const answers = await Promise.all([
    caller.patch(`/operators/${second.name}`, { role: 'viewer' }),
    as(second.headers, other).patch('/operators/admin', { role: 'viewer' }),
  ]);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  // Whoever won is the one to make `admin` an admin again, if it has to be.
  if (answers[1].status === 200) {
    const back = as(second.headers).patch('/operators/admin', { role: 'admin' });
    expect((await back).status).toBe(200);
    const headers = await signIn(admin.address, 'admin', 'a password for tests');
    caller = as(headers);
  }
});

interface Watched {
  code: () => number | undefined;
}

/** Opens the live socket with these headers. */
async function watch(headers: Headers, at: TestAdmin): Promise<Watched> {
  const socket = new WebSocket(`${at.address.replace('http', 'ws')}/api/v1/live`, { headers });
  let code: number | undefined;
  socket.on('close', (reason) => (code = reason));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return { code: () => code };
}
