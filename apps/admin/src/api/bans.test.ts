import type { AuditList, Operation } from '@tributary/protocol/admin-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestAdmin, type TestAdmin } from '../testing/admin.ts';
import { GatewayDouble } from '../testing/gateway-double.ts';
import { Caller } from '../testing/http.ts';
import { until } from '../testing/until.ts';

const gateway = new GatewayDouble();
let admin: TestAdmin;
beforeAll(async () => {
  await gateway.start();
  await gateway.stopCleanly();
  admin = await startTestAdmin(gateway);
});
afterAll(async () => {
  await admin.stop();
  await gateway.stop();
});

test('a ban while no node is up is in force and done, and the audit says so', async () => {
  const caller = new Caller(admin.address, admin.headers);
  const target = 'prefix:192.0.2.0/24';
  const ban = { target, reason: 'a scanner', until: Date.now() + 60_000 };
  const answer = await caller.post('/bans', ban);
  expect(answer.status).toBe(202);
  expect(answer.body as Operation).toMatchObject({ state: 'done', total: 0, outcomes: {} });
  expect((await caller.get('/bans')).body).toMatchObject({ items: [{ target, by: 'admin' }] });
  await until(async () => {
    const { items } = (await caller.get('/audit?action=ban.put')).body as AuditList;
    return items.map(({ result }) => result).join() === 'done,accepted';
  });
});
