import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, hashPassword, HashThread, ManualClock } from '@tributary/runtime';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { anonymous } from '../../admission/identity.ts';
import { shown } from '../../testing/credentials.ts';
import { until } from '../../testing/until.ts';
import type { Verdict } from '../authenticator.ts';
import { UsersAuthenticator, type UsersOptions } from './users-authenticator.ts';

/** Cheap, so that the tests are. */
const cost = { ln: 4, r: 8, p: 1 };
/** Dear enough to be measured. */
const dearCost = { ln: 14, r: 8, p: 1 };
const folder = mkdtempSync(join(tmpdir(), 'tributary-users-'));
let ann = '';
beforeAll(async () => {
  ann = `ann:${await hashPassword('right', cost)}\n`;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
async function authenticator(text: string, differs: Partial<UsersOptions> = {}) {
  const file = join(folder, `users-${++files}`);
  writeFileSync(file, text);
  const clock = new ManualClock();
  const lines: string[] = [];
  let changes = 0;
  const it = new UsersAuthenticator({
    ...{ name: 'users', file, cacheSeconds: 300, maxCached: 100, maxHashing: 2, maxWaiting: 64 },
    logger: createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } }),
    monotonic: () => clock.monotonic(),
    onChanged: () => changes++,
    ...differs,
  });
  onTestFinished(() => it.stop());
  await it.start();
  return { it, file, clock, lines, changes: () => changes };
}

test('the right password lets a user in, a wrong one is refused for good', async () => {
  const { it } = await authenticator(ann);
  expect(await it.authenticate(shown({ user: 'ann', password: 'right' }))).toMatchObject({
    kind: 'accepted',
    identity: { by: 'users', user: 'ann', clientId: undefined },
  });
  for (const password of ['wrong', '', 'Right', 'right ', '\0', 'x'.repeat(1024)])
    expect(await it.authenticate(shown({ user: 'ann', password }))).toMatchObject({
      kind: 'refused',
      reason: 'bad-credentials',
    });
});

test.each([
  ['no user', { password: 'right' }],
  ['no password', { user: 'ann' }],
  ['another user', { user: 'bob', password: 'right' }],
])('%s is left to the next', async (_, shows) => {
  const { it } = await authenticator(ann);
  expect(await it.authenticate(shown(shows))).toEqual({ kind: 'pass' });
});

test('a password of 10 MB is refused without hashing it', async () => {
  const { it } = await authenticator(ann);
  const password = Buffer.alloc(10 * 1024 * 1024, 'x');
  const began = performance.now();
  expect(await it.authenticate(shown({ user: 'ann', password }))).toMatchObject({
    reason: 'bad-credentials',
  });
  expect(await it.authenticate(shown({ user: 'bob', password }))).toEqual({ kind: 'pass' });
  expect(performance.now() - began).toBeLessThan(3000);
});

test('one that is taken out begins no more threads for those who wait', async () => {
  const { it } = await authenticator(ann, { maxHashing: 1 });
  const begun = vi.spyOn(HashThread.prototype, 'matches');
  onTestFinished(() => begun.mockRestore());
  const verdicts = Promise.allSettled(
    Array.from({ length: 10 }, (_, i) => it.authenticate(shown({ user: 'ann', password: `wrong-${i}` }))),
  );
  it.stop();
  const late = (await verdicts).slice(1);
  expect(begun.mock.calls.length).toBe(1);
  for (const one of late) expect(one).toMatchObject({ value: { kind: 'refused', reason: 'server-busy' } });
});

test('a user nobody knows takes as long as a wrong password', async () => {
  const { it } = await authenticator(`ann:${await hashPassword('right', dearCost)}\n`);
  const took = async (user: string, i: number): Promise<number> => {
    const began = performance.now();
    await it.authenticate(shown({ user, password: `wrong-${i}` }));
    return performance.now() - began;
  };
  const [known, unknown] = [[], []] as [number[], number[]];
  for (let i = 0; i < 5; i++) {
    known.push(await took('ann', i));
    unknown.push(await took('bob', i));
  }
  // Without a hash it would be a thousandth.
  const ratio = Math.min(...unknown) / Math.min(...known);
  expect(ratio).toBeGreaterThan(0.05);
  expect(ratio).toBeLessThan(20);
});

test('a right password is not hashed again for a while, a wrong one is', async () => {
  const { it, clock } = await authenticator(`ann:${await hashPassword('right', dearCost)}\n`);
  const took = async (password: string): Promise<number> => {
    const began = performance.now();
    await it.authenticate(shown({ user: 'ann', password }));
    return performance.now() - began;
  };
  const hashed = [await took('wrong'), await took('right')];
  const again = Math.min(await took('right'), await took('right'), await took('right'));
  hashed.push(await took('wrong'));
  clock.advance(300_000);
  hashed.push(await took('right'));
  // A hash takes some hundred times as long, on a busy machine more.
  expect(Math.min(...hashed)).toBeGreaterThan(4 * again);
});

test('a fleet that comes back with one password is hashed once', async () => {
  const { it } = await authenticator(`fleet:${await hashPassword('right', dearCost)}\n`, { maxWaiting: 4 });
  const all = Array.from({ length: 200 }, (_, i) =>
    it.authenticate(shown({ clientId: `pump-${i}`, user: 'fleet', password: 'right' })),
  );
  expect((await Promise.all(all)).filter(({ kind }) => kind === 'accepted')).toHaveLength(200);
});

test('a brute force fills neither the queue nor the loop', async () => {
  const { it } = await authenticator(`ann:${await hashPassword('right', dearCost)}\n`, { maxWaiting: 16 });
  const attack = Array.from({ length: 500 }, (_, i) =>
    it.authenticate(shown({ user: 'ann', password: `guess ${i}` })),
  );
  expect(it.waiting).toBe(4);
  const honest = it.authenticate(shown({ user: 'ann', password: 'right', address: '192.0.2.2' }));
  let turns = 0;
  const turn = setInterval(() => turns++, 1);
  const verdicts = await Promise.all(attack);
  clearInterval(turn);
  const busy = verdicts.filter((verdict) => verdict.kind === 'refused' && verdict.reason === 'server-busy');
  expect(busy).toHaveLength(500 - 2 - 4);
  expect(await honest).toMatchObject({ kind: 'accepted' });
  expect(turns).toBeGreaterThan(10);
});

test('the file is read again when it is replaced; a user who is gone is let in no more', async () => {
  const { it, file, changes } = await authenticator(ann);
  await it.authenticate(shown({ user: 'ann', password: 'right' }));
  writeFileSync(`${file}.new`, `bob:${await hashPassword('other', cost)}\n`);
  renameSync(`${file}.new`, file);
  await until('the change to be noticed', () => changes() === 1);
  expect(await it.authenticate(shown({ user: 'ann', password: 'right' }))).toEqual({ kind: 'pass' });
  expect(await it.authenticate(shown({ user: 'bob', password: 'other' }))).toMatchObject({
    kind: 'accepted',
  });
  expect(it.vouchesFor({ ...anonymous, user: 'ann' })).toBe(false);
  expect(it.vouchesFor({ ...anonymous, user: 'bob' })).toBe(true);
});

test('who came in with a password that was changed since has to show another', async () => {
  const { it, file, changes } = await authenticator(ann);
  const verdict = await it.authenticate(shown({ user: 'ann', password: 'right' }));
  const { identity } = verdict as Extract<Verdict, { kind: 'accepted' }>;
  // From its memory it says the same.
  expect(await it.authenticate(shown({ user: 'ann', password: 'right' }))).toEqual(verdict);
  expect(it.isInForce(identity)).toBe(true);
  writeFileSync(file, `ann:${await hashPassword('changed', cost)}\n`);
  await until('the change to be noticed', () => changes() === 1);
  expect([it.isInForce(identity), it.vouchesFor(identity)]).toEqual([false, true]);
});

test('a file that cannot be understood leaves the old one in force, and no line of it in the log', async () => {
  const { it, file, lines } = await authenticator(ann);
  writeFileSync(file, `${ann}bob:hunter2\n`);
  await until('the mistake to be told', () => lines.length > 0);
  expect(lines.join()).toContain('line 2');
  expect(lines.join()).not.toContain('hunter2');
  expect(await it.authenticate(shown({ user: 'ann', password: 'right' }))).toMatchObject({
    kind: 'accepted',
  });
});

test('one whose file was never read knows nobody and lets nobody pass on', async () => {
  const it = new UsersAuthenticator({
    ...{
      name: 'users',
      file: join(folder, 'none'),
      cacheSeconds: 0,
      maxCached: 0,
      maxHashing: 1,
      maxWaiting: 1,
    },
    ...{ logger: createLogger({ level: 'silent' }), monotonic: () => 0, onChanged: () => {} },
  });
  await expect(it.start()).rejects.toThrow(/ENOENT/);
  it.stop();
  expect(await it.authenticate(shown({ user: 'ann', password: 'right' }))).toMatchObject({
    reason: 'auth-unavailable',
  });
});
