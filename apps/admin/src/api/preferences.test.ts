import { afterAll, beforeAll, expect, test } from 'vitest';
import { signIn, type TestAdmin } from '../testing/admin.ts';
import { AdminDesk } from '../testing/admin-desk.ts';
import { Caller, problemOf } from '../testing/http.ts';

const desk = new AdminDesk();
const { gateway } = desk;
const usual = { theme: 'system', density: 'normal', hasLetterKeys: true };
const chosen = { theme: 'dark', density: 'compact', hasLetterKeys: false };
let admin: TestAdmin;
let caller: Caller;

beforeAll(async () => ({ admin, caller } = await desk.start()));
afterAll(() => desk.stop());

const put = (body: unknown, as = caller) => as.ask('PUT', '/session/preferences', body);
const get = async (as = caller) => (await as.get('/session/preferences')).body;

test('what one chose is there wherever one signs in, and nobody else has it', async () => {
  const password = 'a password for them';
  await caller.post('/operators', { name: 'ann', role: 'viewer', password });
  const ann = (): Promise<Caller> =>
    signIn(admin.address, 'ann', password).then((headers) => new Caller(admin.address, headers));
  expect(await get(await ann())).toEqual(usual);
  expect((await put(chosen, await ann())).status).toBe(200);
  expect(await get(await ann())).toEqual(chosen);
  expect(await get()).toEqual(usual);
});

test('a new operator with the name of a removed one begins as everybody does', async () => {
  const password = 'a password for them';
  await caller.post('/operators', { name: 'bob', role: 'viewer', password });
  const first = new Caller(admin.address, await signIn(admin.address, 'bob', password));
  await put(chosen, first);
  await caller.delete('/operators/bob');
  await caller.post('/operators', { name: 'bob', role: 'viewer', password });
  const second = new Caller(admin.address, await signIn(admin.address, 'bob', password));
  expect(await get(second)).toEqual(usual);
});

test.each([{}, { ...chosen, theme: 'pink' }, { ...chosen, more: 'x'.repeat(1000) }, null])(
  'refuses %o',
  async (body) => {
    expect(problemOf(await put(body))).toBe('400 bad-request');
  },
);

test.each(['no JSON', '{"theme":"pink"}', '[]'])('%s in Redis is as if never chosen', async (text) => {
  await gateway.redis.hset(gateway.keys.operatorPreferences, 'admin', text);
  expect(await get()).toEqual(usual);
});
