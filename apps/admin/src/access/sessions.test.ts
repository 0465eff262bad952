import { Keys, Store } from '@tributary/backplane';
import { ManualClock } from '@tributary/runtime';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GatewayDouble } from '../testing/gateway-double.ts';
import { until } from '../testing/until.ts';
import { digestOf } from './secrets.ts';
import { Sessions } from './sessions.ts';

const hourMs = 3_600_000;
const limits = { idleMs: 8 * hourMs, maxAgeMs: 24 * hourMs };
const facts = { name: 'ann', stamp: 's', address: '192.0.2.1' };

let gateway: GatewayDouble;
let store: Store;
let clock: ManualClock;
let sessions: Sessions;

beforeEach(async () => {
  gateway = new GatewayDouble();
  store = new Store({ url: gateway.url, name: 'test', connectTimeoutMs: 1000, replyTimeoutMs: 1000 });
  store.start();
  await until(() => store.isUp);
  clock = new ManualClock();
  sessions = new Sessions({ store, keys: new Keys(gateway.keys.namespace, 1), clock }, limits);
});
afterEach(async () => {
  await store.close();
  await gateway.stop();
});

const idleLeftMs = (digest: string): Promise<number> =>
  gateway.redis.pttl(gateway.keys.operatorSession(digest));

test('without Redis a session goes on from memory for an hour, then nobody can know', async () => {
  const digest = digestOf((await sessions.begin(facts)).secret);
  await store.close();
  clock.advance(hourMs - 1000);
  expect((await sessions.find(digest))?.name).toBe('ann');
  clock.advance(2000);
  await expect(sessions.find(digest)).rejects.toMatchObject({ status: 503, code: 'redis-away' });
});

test('with Redis a session that rested for hours is found again, and prolonged', async () => {
  const digest = digestOf((await sessions.begin(facts)).secret);
  await gateway.redis.pexpire(gateway.keys.operatorSession(digest), 60_000);
  clock.advance(7 * hourMs);
  expect((await sessions.find(digest))?.name).toBe('ann');
  await until(async () => (await idleLeftMs(digest)) > 7 * hourMs);
});

test('it is prolonged once a minute, and never beyond its greatest age', async () => {
  const digest = digestOf((await sessions.begin(facts)).secret);
  await gateway.redis.pexpire(gateway.keys.operatorSession(digest), 60_000);
  clock.advance(30_000);
  await sessions.find(digest);
  expect(await idleLeftMs(digest)).toBeLessThanOrEqual(60_000);
  clock.advance(24 * hourMs - 40_000);
  await sessions.find(digest);
  await until(async () => (await idleLeftMs(digest)) <= 10_000);
  clock.advance(10_000);
  expect(await sessions.find(digest)).toBeUndefined();
});

test('a session that ended elsewhere ends here within a second', async () => {
  const digest = digestOf((await sessions.begin(facts)).secret);
  await gateway.redis.del(gateway.keys.operatorSession(digest));
  clock.advance(1000);
  expect(await sessions.find(digest)).toBeUndefined();
  expect(sessions.held(digest)).toBeUndefined();
});

test.each(['no JSON', '{}', '[]', 'null', '{"name":1}'])('a record like %s is no session', async (text) => {
  await gateway.redis.set(gateway.keys.operatorSession('x'), text);
  expect(await sessions.find('x')).toBeUndefined();
});

test('a thousand sessions are remembered and the rest is asked for', async () => {
  const first = digestOf((await sessions.begin(facts)).secret);
  for (let i = 0; i < 1000; i++) await sessions.begin(facts);
  expect(sessions.held(first)).toBeUndefined();
  expect((await sessions.find(first))?.name).toBe('ann');
});

test('made-up cookies cost Redis a hundred look-ups a second, and whoever is signed in notices nothing', async () => {
  const digest = digestOf((await sessions.begin(facts)).secret);
  const tries = (): Promise<PromiseSettledResult<unknown>[]> =>
    Promise.allSettled(Array.from({ length: 300 }, (_, i) => sessions.find(`made-up-${i}`)));
  const refused = (await tries()).filter((one) => one.status === 'rejected');
  expect(refused).toHaveLength(200);
  expect((refused[0] as PromiseRejectedResult).reason).toMatchObject({ status: 429 });
  expect((await sessions.find(digest))?.name).toBe('ann');
  clock.advance(1000);
  expect((await tries()).filter((one) => one.status === 'fulfilled')).toHaveLength(100);
});
