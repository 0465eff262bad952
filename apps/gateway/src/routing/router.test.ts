import {
  changeSubscriptions,
  claimDevice,
  loadRoutes,
  readQueue,
  type StoredMessage,
} from '@tributary/backplane';
import { createLogger } from '@tributary/runtime';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Counters } from '../counters.ts';
import { deliveryOf, messageOf, routeOf } from '../testing/messages.ts';
import { StoreDesk } from '../testing/store.ts';
import { until } from '../testing/until.ts';
import type { Delivery } from './delivery.ts';
import type { RouteResult } from './join.ts';
import type { Receivers } from './receivers.ts';
import { Retained } from './retained.ts';
import { Router, type RouterOptions } from './router.ts';
import { type Route, Routes } from './routes.ts';

/** Devices that are connected, and what they are told: `x hello`, or `x queued 1`. */
class ReceiversDesk implements Receivers {
  readonly online = new Set<string>();
  readonly told: string[] = [];
  /** What is retained and still to come, by `client id topic`. */
  readonly retainedFirst = new Map<string, Promise<void>>();

  /** Topics that devices may not have, by `client id topic`. */
  readonly forbidden = new Set<string>();

  isReady(clientId: string, topic: string): boolean {
    return this.online.has(clientId) && this.mayHave(clientId, topic);
  }
  mayHave(clientId: string, topic: string): boolean {
    return !this.forbidden.has(`${clientId} ${topic}`);
  }
  inflight(): number {
    return 0;
  }
  before(clientId: string, { topic }: StoredMessage): Promise<void> | undefined {
    return this.retainedFirst.get(`${clientId} ${topic}`);
  }
  deliver(routes: readonly Route[], { message }: Delivery): boolean {
    const { clientId } = routes[0]!;
    if (!this.online.has(clientId)) return false;
    this.told.push(`${clientId} ${message.payload.toString()}`);
    return true;
  }
  look(clientId: string): void {
    this.told.push(`${clientId} look`);
  }
  queued(clientId: string, n: number): void {
    this.told.push(`${clientId} queued ${n}`);
  }
}

let desk: StoreDesk;
let routes: Routes;
let retained: Retained;
let receivers: ReceiversDesk;
let counters: Counters;
let router: Router;

beforeEach(async () => {
  desk = await new StoreDesk().started();
  routes = new Routes();
  receivers = new ReceiversDesk();
  counters = new Counters();
  const limits = { maxMessages: 2, maxPayloadBytes: 100 };
  retained = new Retained(desk.store, desk.keys, limits, createLogger({ level: 'silent' }));
  router = routerWith();
});
afterEach(async () => {
  router.close();
  retained.close();
  await desk.close();
});

const routerWith = (differs: Partial<RouterOptions> = {}): Router =>
  new Router({
    ...{ store: desk.store, keys: desk.keys, routes, retained, receivers, counters },
    queueLimits: { maxMessages: 3, maxBytes: 10_000, policy: 'reject' },
    ...{
      sharedStrategy: 'round-robin',
      retainAvailable: true,
      onRoom: () => {},
      isHidden: (topic) => topic === 'secret',
    },
    ...differs,
  });

/** A session that stays, with these subscriptions in Redis and in the routes. */
async function persistent(clientId: string, ...filters: string[]): Promise<void> {
  const { epoch } = await claimDevice(desk.redis, desk.keys, {
    ...{ clientId, nonce: `nonce-${clientId}`, node: 'gw-1.aaaa', now: Date.now(), cleanStart: false },
    ...{ sessionExpiry: 60, protocol: 'mqtt5', transport: 'tcp', listener: 'mqtt' },
    ...{ address: '127.0.0.1:5000', class: 'standard', keepAlive: 60 },
  });
  const added = new Map(filters.map((filter) => [filter, '{"qos":1}']));
  await changeSubscriptions(desk.redis, desk.keys, {
    ...{ clientId, epoch, added, removed: [], isPersistent: true },
  });
  for (const filter of filters) routes.add(routeOf(clientId, filter, { isPersistent: true, qos: 2 }));
}
const ordinary = (clientId: string, filter: string): void => {
  receivers.online.add(clientId);
  routes.add(routeOf(clientId, filter, { qos: 2 }));
};

const route = (message: Partial<StoredMessage> = {}, identity?: string): Promise<RouteResult> =>
  new Promise((resolve) => router.route(messageOf({ topic: 't', ...message }), identity, resolve));

const queueOf = async (clientId: string): Promise<string[]> =>
  (await readQueue(desk.redis, desk.keys, clientId, 0, 100, 1e6)).map(({ message }) =>
    message.payload.toString(),
  );

const payload = (text: string): { payload: Buffer } => ({ payload: Buffer.from(text) });

describe('a message', () => {
  test('that nobody wants is done at once', () => {
    const results: RouteResult[] = [];
    router.route(messageOf(), undefined, (result) => results.push(result));
    expect(results).toEqual(['done']);
    expect([router.isIdle, router.isWanted('t'), counters.routed]).toEqual([true, false, 0]);
  });

  test('is done when the queues have it, and those who are connected have it before', async () => {
    ordinary('x', 't');
    await persistent('y', 't');
    const routed = route(payload('hello'));
    expect(receivers.told).toEqual(['x hello']);
    expect(await routed).toBe('done');
    expect(receivers.told).toEqual(['x hello', 'y queued 1']);
    expect(await queueOf('y')).toEqual(['hello']);
    expect([counters.routed, counters.queued, router.waiting]).toEqual([1, 1, 0]);
    expect([router.isIdle, router.isWanted('t'), router.isWanted('u')]).toEqual([false, true, false]);
  });

  test('goes neither to who is connected and may not have it nor into its queue', async () => {
    ordinary('x', 't');
    ordinary('z', 't');
    await persistent('y', 't');
    receivers.online.add('y');
    for (const id of ['x', 'y']) receivers.forbidden.add(`${id} t`);
    expect(await route(payload('hello'))).toBe('done');
    expect(receivers.told).toEqual(['z hello']);
    expect(await queueOf('y')).toEqual([]);
  });

  test('at QoS 0 is in no queue', async () => {
    await persistent('y', 't');
    receivers.online.add('y');
    expect(await route({ qos: 0, ...payload('now') })).toBe('done');
    expect(receivers.told).toEqual(['y now']);
    expect(await queueOf('y')).toEqual([]);
  });

  test('of a topic nobody may have goes to nobody', async () => {
    ordinary('x', '#');
    await persistent('y', '#');
    expect(await route({ topic: 'secret' })).toBe('done');
    expect(receivers.told).toEqual([]);
    expect(await queueOf('y')).toEqual([]);
  });

  test('waits for what is retained and still to come, for that device alone', async () => {
    ordinary('x', 't');
    ordinary('y', 't');
    let handOver = (): void => {};
    receivers.retainedFirst.set('x t', new Promise((resolve) => (handOver = resolve)));
    const routed = route(payload('newer'));
    expect(receivers.told).toEqual(['y newer']);
    handOver();
    expect(await routed).toBe('done');
    expect(receivers.told).toEqual(['y newer', 'x newer']);
  });

  test('keeps its order with others of the same turn', async () => {
    await persistent('y', 't');
    const all = ['a', 'b', 'c'];
    await Promise.all(all.map((text) => route(payload(text))));
    expect(await queueOf('y')).toEqual(all);
  });

  test('goes when Redis is back, whatever breaks meanwhile', async () => {
    await persistent('y', 't');
    await desk.cut();
    expect(await route(payload('later'))).toBe('done');
    await until('the store to be up', () => desk.store.isUp);
    expect(new Set(await queueOf('y'))).toEqual(new Set(['later']));
  });
});

describe('a queue that is full', () => {
  test('is told, also where others have room', async () => {
    await persistent('y', 't');
    for (let n = 0; n < 3; n++) expect(await route()).toBe('done');
    await persistent('z', 't');
    expect(await route(payload('fourth'))).toBe('full');
    expect(await queueOf('z')).toEqual(['fourth']);
    expect(counters.queueRejected).toBe(1);
  });
});

describe('a message under an identity', () => {
  test('is queued once, however often it comes', async () => {
    await persistent('y', 't');
    ordinary('x', 't');
    expect(await Promise.all([route({ qos: 2 }, 'p/1/1'), route({ qos: 2 }, 'p/1/1')])).toEqual([
      'done',
      'done',
    ]);
    expect(await route({ qos: 2 }, 'p/1/1')).toBe('done');
    expect(await route({ qos: 2 }, 'p/1/2')).toBe('done');
    expect(await queueOf('y')).toHaveLength(2);
    expect(receivers.told.filter((line) => line === 'x hello')).toHaveLength(2);
  });

  test('that another node had queued is held, and its device looks', async () => {
    await persistent('y', 't');
    const other = routerWith();
    await new Promise((resolve) => other.route(messageOf({ topic: 't', qos: 2 }), 'p/1/1', resolve));
    other.close();
    receivers.told.length = 0;
    expect(await route({ qos: 2 }, 'p/1/1')).toBe('done');
    expect(await queueOf('y')).toHaveLength(1);
    expect(receivers.told).toEqual(['y look']);
  });
});

describe('a route that leads nowhere', () => {
  test('is dropped, here and in Redis', async () => {
    await persistent('y', 't', 'u');
    const p = desk.keys.partitionOf('y');
    await desk.redis.hdel(desk.keys.session(p, 'y'), 'sub:t');
    expect(await route()).toBe('done');
    expect(routes.of('y').map(({ filter }) => filter)).toEqual(['u']);
    await until('Redis to have dropped it', async () => {
      const { routes: stored } = await loadRoutes(desk.redis, desk.keys, p);
      return stored.map(({ filter }) => filter).join() === 'u';
    });
  });

  test('of a group gives the message to another member', async () => {
    await persistent('y', '$share/g/t');
    await persistent('z', '$share/g/t');
    await desk.redis.del(desk.keys.session(desk.keys.partitionOf('y'), 'y'));
    expect(await route(payload('one'))).toBe('done');
    expect(await queueOf('z')).toEqual(['one']);
    expect(routes.of('y')).toEqual([]);
  });
});

describe('a retained message', () => {
  test('is kept before it is done', async () => {
    expect(await route({ retain: true, ...payload('kept') })).toBe('done');
    expect((await retained.read(['t']))[0]?.payload.toString()).toBe('kept');
  });

  test('is told to be full where no more are kept, and goes to who is here', async () => {
    ordinary('x', '#');
    for (const topic of ['1', '2']) await route({ topic, retain: true });
    expect(await route({ topic: '3', retain: true, ...payload('third') })).toBe('full');
    expect(receivers.told).toContain('x third');
  });

  test('is not kept where that is not offered', async () => {
    router.close();
    router = routerWith({ retainAvailable: false });
    expect(await route({ retain: true })).toBe('done');
    expect(await retained.read(['t'])).toEqual([undefined]);
  });
});

describe('handing over what a member had', () => {
  const handOver = (from: string, isKept: boolean, shared?: string): Promise<boolean> =>
    new Promise((resolve) =>
      router.handOver(deliveryOf('job', { shared }, { topic: 't' }), from, isKept, resolve),
    );

  test('gives it to another that is connected', async () => {
    ordinary('x', '$share/g/t');
    ordinary('y', '$share/g/t');
    expect(await handOver('x', true, '$share/g/t')).toBe(true);
    expect(receivers.told).toEqual(['y job']);
  });

  test('gives it to a session that stays only where nothing else keeps it', async () => {
    ordinary('x', '$share/g/t');
    await persistent('y', '$share/g/t');
    expect(await handOver('x', true, '$share/g/t')).toBe(false);
    expect(await handOver('x', false, '$share/g/t')).toBe(true);
    expect(await queueOf('y')).toEqual(['job']);
  });

  test('gives it to nobody where there is no other, no group, or nothing was shared', async () => {
    ordinary('x', '$share/g/t');
    ordinary('z', '$share/other/t');
    expect(await handOver('x', false, '$share/g/t')).toBe(false);
    expect(await handOver('x', false, '$share/gone/t')).toBe(false);
    expect(await handOver('x', false)).toBe(false);
    expect(receivers.told).toEqual([]);
  });
});

test('what waits when it is closed is told to have failed', async () => {
  await persistent('y', 't');
  const routed = route();
  router.close();
  expect(await routed).toBe('failed');
});
