import { createHash } from 'node:crypto';
import { readControl, readCredential } from '@tributary/backplane';
import type { AuditList, CredentialList, CredentialMade, Operation } from '@tributary/protocol/admin-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signIn, testPassword, type TestAdmin } from '../testing/admin.ts';
import { AdminDesk } from '../testing/admin-desk.ts';
import { Caller, problemOf } from '../testing/http.ts';
import { until } from '../testing/until.ts';

const desk = new AdminDesk();
const { gateway } = desk;
let admin: TestAdmin;
let caller: Caller;
beforeAll(async () => ({ admin, caller } = await desk.start()));
afterAll(() => desk.stop());

const list = async (query = ''): Promise<CredentialList> =>
  (await caller.get(`/credentials${query}`)).body as CredentialList;
const give = async (body: object): Promise<CredentialMade> =>
  (await caller.post('/credentials', body)).body as CredentialMade;

test('a secret is told once, and only its digest is kept', async () => {
  const made = await give({ device: 'pump/1', label: 'hall 3' });
  expect(made.secret).toMatch(/^[\w-]{43}$/);
  expect(made.operation).toMatchObject({ action: 'credential', target: 'id:pump/1', total: 1 });
  const stored = await readCredential(gateway.redis, gateway.keys, 'pump/1');
  expect(stored?.digest).toBe(createHash('sha256').update(made.secret!).digest('base64url'));
  const listed = await list();
  expect(listed).toMatchObject({
    items: [{ device: 'pump/1', hasSecret: true, spki: null, by: 'admin' }],
    total: 1,
  });
  expect(JSON.stringify([listed, stored])).not.toContain(made.secret);
  const { body } = await caller.get('/audit?action=credential.put');
  expect((body as AuditList).items).not.toHaveLength(0);
  expect(JSON.stringify(body)).not.toContain(made.secret);
});

test('every node is told of a change', async () => {
  await give({ device: 'pump-2', withSecret: false, spki: `${'A'.repeat(43)}=` });
  const { messages } = await readControl(gateway.redis, gateway.keys, gateway.node, '0', 1);
  expect(messages.at(-1)).toMatchObject({ type: 'credentials-changed' });
});

test('a credential nodes cannot be told of is in force all the same, and its secret is told', async () => {
  const { redis, keys, node } = gateway;
  await redis.del(keys.nodeControl(node));
  await redis.set(keys.nodeControl(node), 'no stream');
  const { status, body } = await caller.post('/credentials', { device: 'pump-9' });
  await redis.del(keys.nodeControl(node));
  const { secret, operation } = body as CredentialMade;
  expect([status, secret?.length, operation.state]).toEqual([201, 43, 'asked']);
  expect(operation.detail).toContain('in force');
  expect(await readCredential(redis, keys, 'pump-9')).toBeDefined();
});

test('another secret replaces the first, and can be taken away', async () => {
  const [first, second] = [await give({ device: 'pump-3' }), await give({ device: 'pump-3' })];
  expect(second.secret).not.toBe(first.secret);
  expect((await list('?device=pump-3')).items).toHaveLength(1);
  expect((await caller.post('/credentials/remove', { device: 'pump-3' })).status).toBe(202);
  expect(problemOf(await caller.post('/credentials/remove', { device: 'pump-3' }))).toBe(
    '404 credential-not-found',
  );
  expect((await list('?device=pump-3')).items).toEqual([]);
});

test('a device is disabled with a reason, with a credential or without, and enabled again', async () => {
  const { status, body } = await caller.post('/credentials/disable', { device: 'pump-4', reason: 'stolen' });
  expect([status, (body as Operation).reason]).toEqual([202, 'stolen']);
  expect((await list('?device=pump-4')).disabled).toMatchObject([
    { device: 'pump-4', reason: 'stolen', by: 'admin' },
  ]);
  const { disabled, totalDisabled } = await list();
  expect([disabled.length, totalDisabled]).toEqual([1, 1]);
  expect((await caller.post('/credentials/enable', { device: 'pump-4' })).status).toBe(202);
  expect(problemOf(await caller.post('/credentials/enable', { device: 'pump-4' }))).toBe('404 not-disabled');
  await until(async () => {
    const { items } = (await caller.get('/audit?target=id:pump-4')).body as AuditList;
    return (
      items.some(({ action }) => action === 'device.enable') &&
      items.some(({ action }) => action === 'device.disable')
    );
  });
});

test.each([
  [{ device: '' }],
  [{ device: 'x', withSecret: false }],
  [{ device: 'x', spki: 'not base64' }],
  [{ device: 'x', secret: 'chosen by me' }],
  [{ device: 'x'.repeat(1025) }],
])('%j is refused', async (body) => {
  expect((await caller.post('/credentials', body)).status).toBe(400);
});

test('an operator sees them and changes nothing', async () => {
  await caller.post('/operators', { name: 'otto', role: 'operator', password: testPassword });
  const otto = new Caller(admin.address, await signIn(admin.address, 'otto', testPassword));
  expect((await otto.get('/credentials')).status).toBe(200);
  for (const [path, body] of [
    ['', { device: 'x' }],
    ['/remove', { device: 'x' }],
    ['/disable', { device: 'x', reason: 'because' }],
    ['/enable', { device: 'x' }],
  ] as const)
    expect((await otto.post(`/credentials${path}`, body)).status).toBe(403);
});
