import type { AuditList } from '@tributary/protocol/admin-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestAdmin, type TestAdmin } from '../testing/admin.ts';
import { GatewayDouble } from '../testing/gateway-double.ts';
import { Caller } from '../testing/http.ts';

const gateway = new GatewayDouble();
let admin: TestAdmin;
beforeAll(async () => {
  await gateway.start();
  admin = await startTestAdmin(gateway);
});
afterAll(async () => {
  await admin.stop();
  await gateway.stop();
});

test('who takes a trace away as a file is in the audit, and whether payloads were in it', async () => {
  const caller = new Caller(admin.address, admin.headers);
  const started = await caller.post('/traces', { device: 'pump-1', payload: true });
  const { trace } = started.body as { trace: { id: string } };
  const file = `${admin.address}/api/v1/traces/${trace.id}/export`;
  expect((await fetch(file, { headers: admin.headers })).status).toBe(200);
  const { items } = (await caller.get('/audit?action=trace.export')).body as AuditList;
  expect(items).toMatchObject([
    { who: 'admin', target: 'id:pump-1', detail: { trace: trace.id, payload: true } },
  ]);
});
