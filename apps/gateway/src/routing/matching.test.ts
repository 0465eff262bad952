import type { StoredMessage } from '@tributary/backplane';
import { describe, expect, test } from 'vitest';
import { messageOf, routeOf } from '../testing/messages.ts';
import { groupsOf, snapshotOf, type Target, targetOfAll } from './matching.ts';
import { type Route, Routes, type Subscribers } from './routes.ts';

function matching(topic: string, ...all: readonly Route[]): ReturnType<Routes['match']> {
  const routes = new Routes();
  for (const route of all) routes.add(route);
  return routes.match(topic);
}

/** Who gets a message, and what it is to them. */
const targetsOf = (message: StoredMessage, found: readonly Subscribers[]): Target[] =>
  snapshotOf(message, found).map((routes) => targetOfAll(message, routes));

/** What a message of QoS 2 to `a/b` is to its subscribers. */
const targets = (message: Parameters<typeof messageOf>[0], ...all: readonly Route[]): Target[] =>
  targetsOf(messageOf({ topic: 'a/b', qos: 2, ...message }), matching('a/b', ...all));

describe('each client id gets a message once, however many of its filters match', () => {
  test('at the highest QoS it was granted [MQTT-3.3.5-1]', () => {
    const [x, ...others] = targets(
      {},
      routeOf('x', 'a/b', { qos: 0 }),
      routeOf('x', 'a/#', { qos: 2 }),
      routeOf('x', '+/b', { qos: 1 }),
    );
    expect(others).toEqual([]);
    expect(x?.delivery.qos).toBe(2);
    expect(x?.routes.map(({ filter }) => filter).toSorted()).toEqual(['+/b', 'a/#', 'a/b']);
  });

  test('with the identifiers of all that have one, each of them once [MQTT-3.3.4-3] [MQTT-3.3.4-4]', () => {
    const [x] = targets(
      {},
      routeOf('x', 'a/b', { identifier: 7 }),
      routeOf('x', 'a/#'),
      routeOf('x', '+/b', { identifier: 2 }),
      routeOf('x', '#', { identifier: 7 }),
    );
    expect(x?.delivery.identifiers?.toSorted()).toEqual([2, 7]);
    expect(targets({}, routeOf('x', 'a/b'), routeOf('x', '#'))[0]?.delivery.identifiers).toBeUndefined();
  });

  test('with RETAIN as published where one of them asks for that [MQTT-3.3.1-13]', () => {
    const asking = routeOf('x', 'a/#', { retainAsPublished: true });
    const [both] = targets({ retain: true }, routeOf('x', 'a/b'), asking);
    expect(both?.delivery.retain).toBe(true);
    expect(targets({ retain: true }, routeOf('x', 'a/b'))[0]?.delivery.retain).toBe(false);
    expect(targets({ retain: false }, asking)[0]?.delivery.retain).toBe(false);
  });

  test('through its queue where one of them belongs to a session that persists', () => {
    const [x] = targets({}, routeOf('x', 'a/b'), routeOf('x', '#', { isPersistent: true }));
    expect(x?.isPersistent).toBe(true);
  });
});

test('a message goes at the QoS it was published with where that is lower', () => {
  expect(targets({ qos: 0 }, routeOf('x', 'a/b', { qos: 2 }))[0]?.delivery.qos).toBe(0);
  expect(targets({ qos: 1 }, routeOf('x', 'a/b', { qos: 2 }))[0]?.delivery.qos).toBe(1);
  expect(targets({ qos: 2 }, routeOf('x', 'a/b', { qos: 0 }))[0]?.delivery.qos).toBe(0);
});

test('different client ids get a copy each', () => {
  const found = targets({}, routeOf('x', 'a/b'), routeOf('y', 'a/b', { qos: 0 }), routeOf('z', 'b'));
  expect(found.map(({ clientId, delivery }) => `${clientId} ${delivery.qos}`)).toEqual(['x 1', 'y 0']);
});

test('No Local keeps a message from its publisher for that subscription alone [MQTT-3.8.3-3]', () => {
  const noLocal = routeOf('x', 'a/b', { noLocal: true, qos: 2, identifier: 1 });
  expect(targets({ from: 'x' }, noLocal)).toEqual([]);
  expect(targets({ from: 'y' }, noLocal)).toHaveLength(1);
  const [x] = targets({ from: 'x' }, noLocal, routeOf('x', 'a/#', { qos: 1, identifier: 2 }));
  expect(x?.delivery).toMatchObject({ qos: 1, identifiers: [2] });
  expect(x?.routes.map(({ filter }) => filter)).toEqual(['a/#']);
});

test('shared subscriptions are no ordinary ones: their members are told apart by group', () => {
  const found = matching(
    'a/b',
    routeOf('x', '$share/g/a/b'),
    routeOf('y', '$share/g/a/#'),
    routeOf('z', '#'),
  );
  expect(targetsOf(messageOf({ topic: 'a/b' }), found).map(({ clientId }) => clientId)).toEqual(['z']);
  const members = [...groupsOf(found)].map((group) => group.members.map(({ clientId }) => clientId));
  expect(members.flat().toSorted()).toEqual(['x', 'y']);
  expect(members).toHaveLength(2);
});
