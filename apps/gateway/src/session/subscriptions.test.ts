import { claimDevice, loadRoutes } from '@tributary/backplane';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Routes, type SubscriptionOptions } from '../routing/routes.ts';
import { optionsOf } from '../testing/messages.ts';
import { StoreDesk } from '../testing/store.ts';
import type { Session } from './session.ts';
import { type AccessRules, Subscriptions } from './subscriptions.ts';

let desk: StoreDesk;
let routes: Routes;
let subscriptions: Subscriptions;

beforeEach(async () => {
  desk = await new StoreDesk().started();
  routes = new Routes();
  subscriptions = rulesOf({});
});
afterEach(() => desk.close());

const rulesOf = (rules: Partial<AccessRules>): Subscriptions =>
  new Subscriptions(desk.store, desk.keys, routes, { denySubscribe: [], denyPublish: [], ...rules });

let nonces = 0;

/** A session as far as its subscriptions go; one that persists has its claim in Redis. */
async function sessionOf(clientId: string, isPersistent: boolean): Promise<Session> {
  const { epoch } = await claimDevice(desk.redis, desk.keys, {
    ...{ clientId, nonce: `nonce-${++nonces}`, node: 'gw-1.aaaa', now: Date.now(), cleanStart: true },
    ...{ sessionExpiry: isPersistent ? 60 : 0, protocol: 'mqtt5', transport: 'tcp', listener: 'mqtt' },
    ...{ address: '127.0.0.1:5000', class: 'standard', keepAlive: 60 },
  });
  return { clientId, epoch, isPersistent, subscriptions: new Map<string, string>() } as unknown as Session;
}

const wishing = (...filters: string[]): Map<string, SubscriptionOptions> =>
  new Map(filters.map((filter) => [filter, optionsOf()]));
const none = new Map<string, SubscriptionOptions>();
const filtersOf = (clientId: string): string[] => routes.of(clientId).map(({ filter }) => filter);
const storedOf = async (clientId: string): Promise<string[]> => {
  const { routes: stored } = await loadRoutes(desk.redis, desk.keys, desk.keys.partitionOf(clientId));
  return stored.filter((route) => route.clientId === clientId).map(({ filter }) => filter);
};

describe('subscriptions of a session that outlives its connection', () => {
  test('hold at once, and are in Redis when the change is done', async () => {
    const session = await sessionOf('x', true);
    const change = subscriptions.change(session, wishing('a', 'b/#'), []);
    expect(filtersOf('x')).toEqual(['a', 'b/#']);
    expect([...session.subscriptions.keys()]).toEqual(['a', 'b/#']);
    expect(await change).toBeUndefined();
    expect((await storedOf('x')).toSorted()).toEqual(['a', 'b/#']);
    expect(routes.get('x', 'a')?.version).toBe(2);
  });

  test('go at once, and are gone from Redis when the change is done', async () => {
    const session = await sessionOf('x', true);
    await subscriptions.change(session, wishing('a', 'b'), []);
    const change = subscriptions.change(session, none, ['a']);
    expect(filtersOf('x')).toEqual(['b']);
    expect(await change).toBeUndefined();
    expect(await storedOf('x')).toEqual(['b']);
    expect([...session.subscriptions.keys()]).toEqual(['b']);
  });

  test('asked for, given up and asked for again in a row are held, whatever of the log is read meanwhile', async () => {
    const session = await sessionOf('x', true);
    await Promise.all([
      subscriptions.change(session, wishing('a'), []),
      subscriptions.change(session, none, ['a']),
      subscriptions.change(session, wishing('a'), []),
    ]);
    expect(routes.get('x', 'a')?.version).toBe(3);
    routes.remove('x', 'a', 2);
    expect(filtersOf('x')).toEqual(['a']);
    expect(await storedOf('x')).toEqual(['a']);
  });

  test('of a client id that belongs to another connection by now are told so, and not written', async () => {
    const session = await sessionOf('x', true);
    await sessionOf('x', true);
    expect(await subscriptions.change(session, wishing('a'), [])).toBe('superseded');
    expect(await storedOf('x')).toEqual([]);
  });

  test('of a client id whose claim Redis has lost are told so', async () => {
    const session = await sessionOf('x', true);
    await desk.redis.del(desk.keys.online(desk.keys.partitionOf('x')));
    expect(await subscriptions.change(session, wishing('a'), [])).toBe('node-lost');
  });

  test('are an error without Redis', async () => {
    const session = await sessionOf('x', true);
    await desk.store.close();
    await expect(subscriptions.change(session, wishing('a'), [])).rejects.toThrow();
  });
});

describe('subscriptions of a session that ends with its connection', () => {
  test('are this node’s alone', async () => {
    const session = await sessionOf('x', false);
    expect(await subscriptions.change(session, wishing('a'), [])).toBeUndefined();
    expect(routes.get('x', 'a')).toMatchObject({ isPersistent: false, version: session.epoch });
    expect(await storedOf('x')).toEqual([]);
  });

  test('leave with it, and not those of a newer one of the same client id', async () => {
    const older = await sessionOf('x', false);
    const newer = await sessionOf('x', false);
    await subscriptions.change(older, wishing('a', 'b'), []);
    await subscriptions.change(newer, wishing('b'), []);
    subscriptions.end(older);
    expect(filtersOf('x')).toEqual(['b']);
    subscriptions.end(newer);
    expect(filtersOf('x')).toEqual([]);
  });
});

test('a session that begins without what was there before takes it out of the routes', async () => {
  const session = await sessionOf('x', true);
  await subscriptions.change(session, wishing('a'), []);
  subscriptions.begin(session, true);
  subscriptions.end(session);
  expect(filtersOf('x')).toEqual(['a']);
  subscriptions.begin(session, false);
  expect(filtersOf('x')).toEqual([]);
});

describe('access rules', () => {
  test('hide topics from everybody, wherever they come from', () => {
    const rules = rulesOf({ denySubscribe: ['secret/#', '+/private'] });
    expect(['secret', 'secret/a/b', 'a/private'].map((topic) => rules.isHidden(topic))).toEqual([
      true,
      true,
      true,
    ]);
    expect(['a', 'a/b', 'private', '$x/private'].map((topic) => rules.isHidden(topic))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  test('keep topics from being published to', () => {
    const rules = rulesOf({ denyPublish: ['a/+'] });
    expect(rules.isPublishDenied(Buffer.from('a/ä'))).toBe(true);
    expect(rules.isPublishDenied(Buffer.from('a/b/c'))).toBe(false);
    expect(rules.isPublishDenied(Buffer.from('__a/b__'), 2, 5)).toBe(true);
  });

  test('that are none deny nothing', () => {
    expect(subscriptions.isHidden('a')).toBe(false);
    expect(subscriptions.isDenied('#')).toBe(false);
    expect(subscriptions.isPublishDenied(Buffer.from('a'))).toBe(false);
  });
});
