import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { type Claim, claimDevice, type ClaimRequest, releaseDevice } from '../presence/claims.ts';
import { changeSubscriptions, type SubscriptionAnswer } from '../presence/sessions.ts';
import { expireSession } from '../presence/timers.ts';
import { claimOf, releaseOf, TestStore } from '../testing/test-store.ts';
import { readLogs } from './logs.ts';
import { dropRoute, loadRoutes } from './routes.ts';

const store = new TestStore();
const { redis, keys } = store;
afterEach(() => store.clear());
afterAll(() => store.close());

const id = 'pump-1';
const p = keys.partitionOf(id);
const neighbour = Array.from({ length: 100 }, (_, i) => `x${i}`).find(
  (name) => keys.partitionOf(name) === p,
)!;
const claim = (differs: Partial<ClaimRequest> = {}): Promise<Claim> =>
  claimDevice(redis, keys, claimOf(id, { sessionExpiry: 60, ...differs }));
const change = (
  epoch: number,
  added: [string, string][],
  removed: string[] = [],
  differs: { isPersistent?: boolean; clientId?: string } = {},
): Promise<SubscriptionAnswer> =>
  changeSubscriptions(redis, keys, {
    ...{ clientId: id, epoch, added: new Map(added), removed, isPersistent: true },
    ...differs,
  });
const load = (): ReturnType<typeof loadRoutes> => loadRoutes(redis, keys, p);
const logged = async (clientId = id): Promise<string[]> =>
  (await store.routesLog(clientId)).map(({ v, op, filter, opts }) =>
    [v, op, filter, opts].filter((part) => part !== undefined).join(' '),
  );

/** Follows the log as a node does, to compare it with the hash. */
async function followed(): Promise<Map<string, string>> {
  const routes = new Map<string, string>();
  let version = 0;
  for (const { change: entry } of await readLogs(redis, keys, new Map([[keys.routesLog(p), '0']]), 10)) {
    if (entry?.kind !== 'route') throw new Error('no change of a route');
    expect(entry).toMatchObject({ partition: p, version: ++version });
    const field = `${entry.clientId}\n${entry.filter}`;
    if (entry.op === '+') routes.set(field, entry.options);
    else if (entry.op === '-') routes.delete(field);
    else for (const name of routes.keys()) if (name.startsWith(`${entry.clientId}\n`)) routes.delete(name);
  }
  return routes;
}
async function expectAgreement(): Promise<void> {
  const { routes, version } = await load();
  const loaded = routes.map(({ clientId, filter, options }) => [`${clientId}\n${filter}`, options] as const);
  expect(new Map(loaded)).toEqual(await followed());
  expect(version).toBe(await redis.xlen(keys.routesLog(p)));
}

describe('routes of a persistent session', () => {
  test('are written with its subscriptions, each change an entry of the log', async () => {
    const { epoch } = await claim();
    expect(
      await change(epoch, [
        ['a/#', '{"qos":1}'],
        ['ä\n/+', '{"qos":2}'],
      ]),
    ).toEqual({ status: 'done', version: 2 });
    expect(await change(epoch, [['a/#', '{"qos":0}']], ['ä\n/+'])).toEqual({ status: 'done', version: 4 });
    expect(await load()).toMatchObject({
      version: 4,
      routes: [{ clientId: id, filter: 'a/#', options: '{"qos":0}' }],
    });
    expect(await store.session(id)).toMatchObject({ 'sub:a/#': '{"qos":0}' });
    expect(await logged()).toEqual([
      '1 + a/# {"qos":1}',
      '2 + ä\n/+ {"qos":2}',
      '3 + a/# {"qos":0}',
      '4 - ä\n/+',
    ]);
    await expectAgreement();
  });

  test('stay as they are when nothing changes', async () => {
    const { epoch } = await claim();
    await change(epoch, [['a', '{}']]);
    expect(await change(epoch, [['a', '{}']], ['never'])).toEqual({ status: 'done', version: 1 });
    expect(await logged()).toEqual(['1 + a {}']);
  });

  test('are left alone by an epoch that no longer speaks for the device', async () => {
    const { epoch } = await claim();
    await change(epoch, [['a', '{}']]);
    await claim({ nonce: 'nonce-b' });
    expect(await change(epoch, [['b', '{}']], ['a'])).toEqual({ status: 'superseded' });
    expect(await change(1, [['b', '{}']], [], { clientId: neighbour })).toEqual({ status: 'lost' });
    expect(await logged()).toEqual(['1 + a {}']);
    expect(await store.names()).not.toContain(`{p${p}}:session:${neighbour}`);
  });

  test('are not written for a session that ends with its connection', async () => {
    const { epoch } = await claim({ sessionExpiry: 0 });
    expect(await change(epoch, [['a', '{}']], [], { isPersistent: false })).toEqual({
      ...{ status: 'done', version: 0 },
    });
    expect(await store.session(id)).toMatchObject({ 'sub:a': '{}' });
    await releaseDevice(redis, keys, releaseOf(id));
    expect(await store.routes(id)).toEqual({});
    expect(await logged()).toEqual([]);
  });

  test('stay when it is resumed', async () => {
    const { epoch } = await claim();
    await change(epoch, [['a', '{}']]);
    await releaseDevice(redis, keys, releaseOf(id));
    await claim({ nonce: 'nonce-b' });
    await claim({ nonce: 'nonce-c', node: 'gw-2.bbbb' });
    expect((await load()).version).toBe(1);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['a claim with Clean Start', () => claim({ nonce: 'nonce-b', cleanStart: true })],
    ['a release that ends it', () => releaseDevice(redis, keys, releaseOf(id, { sessionExpiry: 0 }))],
    [
      'its expiry',
      async () => {
        await releaseDevice(redis, keys, releaseOf(id));
        await store.makeDue(id, `expire:${id}`);
        await expireSession(redis, keys, p, id, 1000);
      },
    ],
    [
      'a claim that finds it expired',
      async () => {
        await releaseDevice(redis, keys, releaseOf(id));
        await store.makeDue(id, `expire:${id}`);
        await claim({ nonce: 'nonce-b' });
      },
    ],
  ])('all go with it at %s, those of others stay', async (_, end) => {
    const { epoch } = await claim();
    const other = await claimDevice(redis, keys, claimOf(neighbour, { sessionExpiry: 60 }));
    await change(other.epoch, [['a', '{}']], [], { clientId: neighbour });
    await change(epoch, [
      ['a', '{}'],
      ['b', '{}'],
    ]);
    await end();
    expect((await load()).routes).toEqual([{ clientId: neighbour, filter: 'a', options: '{}' }]);
    expect(await logged()).toEqual(['2 + a {}', '3 + b {}', '4 x']);
    await expectAgreement();
  });

  test('of thousands of filters go at once too', async () => {
    const { epoch } = await claim();
    const many = Array.from({ length: 9000 }, (_, i): [string, string] => [`a/${i}`, '{}']);
    for (let from = 0; from < many.length; from += 3000) await change(epoch, many.slice(from, from + 3000));
    await releaseDevice(redis, keys, releaseOf(id, { sessionExpiry: 0 }));
    expect(await store.routes(id)).toEqual({ '': '9001' });
  });
});

describe('dropping a route', () => {
  test('removes what the session does not hold, and logs it once', async () => {
    const { epoch } = await claim();
    await change(epoch, [['a', '{}']]);
    await redis.hdel(keys.session(p, id), 'sub:a');
    await dropRoute(redis, keys, id, 'a');
    await dropRoute(redis, keys, id, 'a');
    expect(await load()).toMatchObject({ version: 2, routes: [] });
    expect(await logged()).toEqual(['1 + a {}', '2 - a']);
  });

  test('leaves what the session holds by now, and what there never was', async () => {
    const { epoch } = await claim();
    await change(epoch, [['a', '{}']]);
    await dropRoute(redis, keys, id, 'a');
    await dropRoute(redis, keys, id, 'never');
    expect(await logged()).toEqual(['1 + a {}']);
  });
});

describe('loading', () => {
  test('finds nothing in a partition without routes, and where its log begins', async () => {
    expect(await load()).toEqual({ version: 0, logId: '0-0', routes: [] });
  });

  test('tells where to go on reading the log', async () => {
    const { epoch } = await claim();
    await change(epoch, [['a', '{}']]);
    const { logId, version } = await load();
    await change(epoch, [['b', '{}']]);
    const entries = await readLogs(redis, keys, new Map([[keys.routesLog(p), logId]]), 10);
    expect(entries.map((entry) => entry.change)).toEqual([
      {
        kind: 'route',
        partition: p,
        version: version + 1,
        op: '+',
        clientId: id,
        filter: 'b',
        options: '{}',
      },
    ]);
  });
});
