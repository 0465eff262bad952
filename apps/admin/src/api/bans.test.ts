import { putAutomaticBan } from '@tributary/backplane';
import type { AuditList, BanList, Operation } from '@tributary/protocol/admin-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestAdmin, type TestAdmin } from '../testing/admin.ts';
import { GatewayDouble } from '../testing/gateway-double.ts';
import { Caller, problemOf } from '../testing/http.ts';
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

test('what was accepted and then came to nothing is told of in the audit as failed', async () => {
  const caller = new Caller(admin.address, admin.headers);
  expect(problemOf(await caller.delete('/bans/id%3Anobody'))).toBe('404 ban-not-found');
  await until(async () => {
    const { items } = (await caller.get('/audit?action=ban.remove')).body as AuditList;
    const told = items.map(({ result, target, detail }) => [result, target, detail['code']].join(' '));
    return told.join() === 'failed id:nobody ban-not-found,accepted id:nobody ';
  });
});

test.each([
  ['user:ann', { connected: null, sample: [] }],
  ['at:192.0.2.1 user:ann', { connected: null, sample: [] }],
  ['at:192.0.2.1 id:pump-1', { connected: 0, sample: [] }],
])('a look at %s says who stands behind it, as far as that is known', async (target, expected) => {
  const caller = new Caller(admin.address, admin.headers);
  const dryRun = { target, reason: 'dry run', until: Date.now() + 60_000, dryRun: true };
  expect(await caller.post('/bans', dryRun)).toMatchObject({ status: 200, body: expected });
});

test.each(['ann', 'user:', 'at:192.0.2.1', 'at:somewhere user:ann'])(
  '%j is nobody to ban',
  async (target) => {
    const caller = new Caller(admin.address, admin.headers);
    const ban = { target, reason: 'a typo', until: Date.now() + 60_000 };
    const answer = await caller.post('/bans', ban);
    expect([answer.status, (answer.body as { code?: string }).code]).toEqual([400, expect.any(String)]);
  },
);

test('a ban that a node made says so, and how often it was', async () => {
  const { redis, keys } = gateway;
  const ban = { target: 'id:flapper', reason: 'x', by: 'auto:flapping', at: Date.now(), strikes: 3 };
  await putAutomaticBan(redis, keys, { ...ban, until: Date.now() + 60_000 });
  const caller = new Caller(admin.address, admin.headers);
  const { items } = (await caller.get('/bans')).body as { items: unknown[] };
  expect(items).toContainEqual(expect.objectContaining(ban));
});

test('of very many bans the newest are listed, and any is found by a part of its target', async () => {
  const { redis, keys } = gateway;
  const until = Date.now() + 60_000;
  const many = Array.from({ length: 600 }, (_, i) => [
    `id:many-${i}`,
    JSON.stringify({ until: until + 600 - i, reason: 'x', by: 'ann', at: i }),
  ]);
  await redis.hset(keys.bans, ...many.flat());
  const caller = new Caller(admin.address, admin.headers);
  const targetsOf = async (query: string): Promise<[number, string[]]> => {
    const { items, total } = (await caller.get(`/bans${query}`)).body as BanList;
    return [total, items.map(({ target }) => target)];
  };
  const [total, targets] = await targetsOf('?target=MANY-');
  expect([total, targets.length, targets[0], targets.at(-1)]).toEqual([
    600,
    500,
    'id:many-599',
    'id:many-100',
  ]);
  expect(await targetsOf('?target=many-7')).toEqual([11, expect.arrayContaining(['id:many-7'])]);
  expect(await targetsOf('?exactly=id:many-7')).toEqual([1, ['id:many-7']]);
  expect(await targetsOf('?exactly=id:many')).toEqual([0, []]);
  await redis.hdel(keys.bans, ...many.map(([target]) => target!));
});

test.each(['user:', 'at:192.0.2.1 id:'])('the longest %s can be lifted again', async (kind) => {
  const caller = new Caller(admin.address, admin.headers);
  const target = `${kind}${'\u00fc/'.repeat(512)}`;
  const ban = { target, reason: 'a long name', until: Date.now() + 60_000 };
  expect((await caller.post('/bans', ban)).status).toBe(202);
  expect((await caller.delete(`/bans/${encodeURIComponent(target)}`)).status).toBe(202);
});
