import type { AuditEntry, AuditList } from '@tributary/protocol/admin-api';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { AdminDesk } from '../testing/admin-desk.ts';
import type { TestAdmin } from '../testing/admin.ts';
import { Caller, problemOf } from '../testing/http.ts';

const desk = new AdminDesk();
const { gateway } = desk;
let admin: TestAdmin;
let caller: Caller;

beforeAll(async () => ({ admin, caller } = await desk.start()));
beforeEach(() => gateway.redis.del(gateway.keys.audit));
afterAll(() => desk.stop());

const list = async (query = ''): Promise<AuditList> => {
  const answer = await caller.get(`/audit${query}`);
  expect(answer.status).toBe(200);
  return answer.body as AuditList;
};

/** So many entries, as if many had worked. */
async function fill(
  count: number,
  facts: (i: number) => Partial<Record<keyof AuditEntry, string>>,
): Promise<void> {
  const pipeline = gateway.redis.pipeline();
  for (let i = 0; i < count; i++) {
    const fields = { ts: String(i), who: 'ann', action: 'device.disconnect', result: 'done', ...facts(i) };
    pipeline.xadd(gateway.keys.audit, '*', ...Object.entries(fields).flat());
  }
  await pipeline.exec();
}

test('says who did what to what, from where, by which request, and what came of it', async () => {
  await caller.post('/operators', { name: 'ann', role: 'viewer' });
  const { items, nextCursor } = await list();
  expect(items).toEqual([
    {
      ...{ id: expect.stringMatching(/^\d+-\d+$/), ts: expect.any(Number) },
      ...{ who: 'admin', role: 'admin', via: 'session', address: '127.0.0.1' },
      ...{ action: 'operator.create', target: 'ann', reason: '', result: 'done' },
      ...{ requestId: expect.any(String), detail: { role: 'viewer', canReadPayload: false } },
    },
  ]);
  expect(nextCursor).toBeNull();
});

test('every write leaves exactly one entry, whether done or refused', async () => {
  const writes: [string, string, unknown][] = [
    ['POST', '/operators', { name: 'bea', role: 'viewer' }],
    ['POST', '/operators', { name: 'bea', role: 'viewer' }],
    ['POST', '/operators', { name: 'no body' }],
    ['PATCH', '/operators/bea', { role: 'operator' }],
    ['PATCH', '/operators/nobody', { role: 'operator' }],
    ['POST', '/tokens', { label: 'x', role: 'viewer' }],
    ['DELETE', '/tokens/none', undefined],
    ['DELETE', '/operators/bea', undefined],
    ['POST', '/session/password', { current: 'wrong', next: 'a longer password' }],
  ];
  for (const [method, path, body] of writes) await caller.ask(method, path, body);
  const { items } = await list();
  expect(items.toReversed().map(({ action, result, detail }) => [action, result, detail.code])).toEqual([
    ['operator.create', 'done', undefined],
    ['operator.create', 'refused', 'operator-exists'],
    ['operator.create', 'refused', 'bad-request'],
    ['operator.change', 'done', undefined],
    ['operator.change', 'refused', 'operator-not-found'],
    ['token.create', 'done', undefined],
    ['token.remove', 'refused', 'token-not-found'],
    ['operator.remove', 'done', undefined],
    ['session.password', 'refused', 'wrong-password'],
  ]);
});

test('pages from the newest to the oldest, each entry once, also while new ones come', async () => {
  await fill(450, (i) => ({ target: String(i) }));
  const seen: string[] = [];
  let cursor: string | null = '';
  for (let pages = 0; cursor !== null && pages < 10; pages++) {
    const page: AuditList = await list(`?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`);
    seen.push(...page.items.map(({ target }) => target));
    cursor = page.nextCursor;
    await fill(3, () => ({ target: 'new' }));
  }
  expect(seen).toEqual(Array.from({ length: 450 }, (_, i) => String(449 - i)));
});

test('finds by who, by the beginning of the action, by a part of the target', async () => {
  await fill(6, (i) => ({
    who: i % 2 === 0 ? 'ann' : 'bob',
    action: i < 3 ? 'device.disconnect' : 'ban.create',
    target: `plant-${i}/pump`,
  }));
  const targets = async (query: string): Promise<string[]> =>
    (await list(query)).items.map(({ target }) => target);
  expect(await targets('?who=ann&action=device.')).toEqual(['plant-2/pump', 'plant-0/pump']);
  expect(await targets('?target=4%2Fp')).toEqual(['plant-4/pump']);
  expect(await targets('?who=an')).toEqual([]);
});

test('a rare entry behind many others is found by going on', async () => {
  await fill(1, () => ({ who: 'rare' }));
  await fill(25_000, () => ({}));
  const found: AuditEntry[] = [];
  let cursor: string | null = '';
  let pages = 0;
  for (; cursor !== null && pages < 10; pages++) {
    const page: AuditList = await list(`?who=rare${cursor === '' ? '' : `&cursor=${cursor}`}`);
    found.push(...page.items);
    cursor = page.nextCursor;
  }
  expect([found.length, pages]).toEqual([1, 3]);
});

test.each([
  ['?cursor=zzz', '400 bad-cursor'],
  ['?cursor=1', '400 bad-cursor'],
  ['?cursor=99999999999999999999-0', '400 bad-cursor'],
  ['?limit=0', '400 bad-request'],
  ['?limit=201', '400 bad-request'],
  ['?what=1', '400 bad-request'],
  [`?target=${'x'.repeat(301)}`, '400 bad-request'],
])('refuses %s', async (query, problem) => {
  expect(problemOf(await caller.get(`/audit${query}`))).toBe(problem);
});

test('entries that are not ours are shown as far as they can be', async () => {
  await gateway.redis.xadd(gateway.keys.audit, '*', 'who', '<img src=x>', 'detail', 'no JSON', 'odd', '1');
  const [entry] = (await list()).items;
  expect(entry).toMatchObject({ who: '<img src=x>', detail: {}, action: '' });
  expect(entry?.ts).toBeGreaterThan(0);
});

test('long texts and details are cut off', async () => {
  const actor = { who: 'ann', role: 'admin', via: 'session', address: '', requestId: '' };
  const facts = { action: 'x', target: 't'.repeat(5000), result: 'done' } as const;
  await admin.access.auditLog.append(actor, { ...facts, detail: { ids: 'x'.repeat(9000) } });
  const [entry] = (await list()).items;
  expect(entry?.target).toHaveLength(1024);
  expect(entry?.detail).toEqual({ omittedBytes: 9010 });
});
