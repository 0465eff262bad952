import { dryRunSchema, formatFilter, operationSchema } from '@tributary/protocol/admin-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestAdmin, type TestAdmin } from '../testing/admin.ts';
import { GatewayDouble } from '../testing/gateway-double.ts';
import { until } from '../testing/until.ts';

const gateway = new GatewayDouble();
const ids = Array.from({ length: 100 }, (_, i) => `"plant|${i}" ${'x'.repeat(200)}`);
let admin: TestAdmin;

beforeAll(async () => {
  await gateway.start();
  for (const id of ids) await gateway.connect(id, 1);
  admin = await startTestAdmin(gateway);
  await until(() => admin.fleet.index.size === ids.length);
});

afterAll(async () => {
  await admin?.stop();
  await gateway.stop();
});

const disconnect = (body: object): Promise<Response> =>
  fetch(`${admin.address}/api/v1/actions/disconnect`, {
    method: 'POST',
    headers: { ...admin.headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

test('a hundred devices with long names can be chosen, and what is told of them stays short', async () => {
  const q = formatFilter([{ key: 'id', op: '=', values: ids, isNegated: false }]);
  const dryRun = await disconnect({ q, dryRun: true });
  expect(dryRun.status).toBe(200);
  const { set, count } = dryRunSchema.parse(await dryRun.json());
  expect(count).toBe(100);
  const begun = await disconnect({ set, reason: 'a test', perSecond: 500 });
  expect(begun.status).toBe(202);
  const { target } = operationSchema.parse(await begun.json());
  expect(target).toBe(`${q.slice(0, 511)}…`);
});
