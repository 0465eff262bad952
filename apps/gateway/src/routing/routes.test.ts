import { describe, expect, test } from 'vitest';
import { lookUps } from '../testing/look-ups.ts';
import { routeOf } from '../testing/messages.ts';
import { type Route, Routes, unconfirmed } from './routes.ts';

const persistent = (clientId: string, filter: string, version: number, differs: Partial<Route> = {}): Route =>
  routeOf(clientId, filter, { isPersistent: true, version, ...differs });

function routesOf(...all: readonly Route[]): Routes {
  const routes = new Routes();
  for (const route of all) routes.add(route);
  return routes;
}

/** Who subscribed with filters that match, as `client filter`; members of groups too. */
function matching(routes: Routes, topic: string): string[] {
  const found = routes
    .match(topic)
    .flatMap(({ routes: ordinary, groups }) => [
      ...ordinary.values(),
      ...[...(groups?.values() ?? [])].flatMap(({ members }) => members),
    ]);
  return found.map(({ clientId, filter }) => `${clientId} ${filter}`).toSorted();
}

const everybody = (): boolean => true;

describe('who subscribed', () => {
  test('is found by topic, and by client id', () => {
    const routes = routesOf(routeOf('x', 'a/#'), routeOf('x', 'a/b'), routeOf('y', 'a/+'), routeOf('y', 'b'));
    expect(matching(routes, 'a/b')).toEqual(['x a/#', 'x a/b', 'y a/+']);
    expect(matching(routes, 'a')).toEqual(['x a/#']);
    expect(matching(routes, 'c')).toEqual([]);
    expect(routes.of('x').map(({ filter }) => filter)).toEqual(['a/#', 'a/b']);
    expect(routes.of('z')).toEqual([]);
    expect(routes.get('y', 'b')?.clientId).toBe('y');
    expect(routes.get('y', 'a/b')).toBeUndefined();
    expect(routes.count).toBe(4);
  });

  test('is found anew when a filter comes or goes, though the topic was asked about before', () => {
    const routes = routesOf(routeOf('x', 'a/#'));
    expect(matching(routes, 'a/b')).toEqual(['x a/#']);
    expect(matching(routes, 'c')).toEqual([]);
    routes.add(routeOf('y', 'a/b'));
    routes.add(routeOf('y', 'c'));
    routes.add(routeOf('z', 'a/#'));
    expect(matching(routes, 'a/b')).toEqual(['x a/#', 'y a/b', 'z a/#']);
    expect(matching(routes, 'c')).toEqual(['y c']);
    routes.remove('x', 'a/#');
    routes.remove('y', 'c');
    expect(matching(routes, 'a/b')).toEqual(['y a/b', 'z a/#']);
    expect(matching(routes, 'c')).toEqual([]);
  });

  test('costs two looks at a map for a topic that was asked about before', () => {
    const routes = routesOf(...Array.from({ length: 500 }, (_, n) => routeOf(`x${n}`, `a/${n}/#`)));
    const topic = 'a/7/b/c/d';
    routes.match(topic);
    expect(lookUps(() => expect(routes.match(topic)).toHaveLength(1))).toBeLessThanOrEqual(2);
  });

  test('is found right with more topics than are remembered', () => {
    const routes = routesOf(routeOf('x', 'a/+'));
    for (let n = 0; n < 25_000; n++) routes.match(`a/${n}`);
    expect(matching(routes, 'a/1')).toEqual(['x a/+']);
    expect(matching(routes, 'b/1')).toEqual([]);
  });
});

describe('a route', () => {
  test('takes the place of the one of the same client id and filter', () => {
    const routes = routesOf(routeOf('x', 'a', { qos: 0 }), routeOf('x', 'a', { qos: 2, identifier: 5 }));
    expect(routes.count).toBe(1);
    expect(routes.get('x', 'a')).toMatchObject({ qos: 2, identifier: 5 });
    expect(matching(routes, 'a')).toEqual(['x a']);
  });

  test('that is not newer than the one that is there changes nothing', () => {
    const routes = routesOf(persistent('x', 'a', 5, { qos: 2 }));
    routes.add(persistent('x', 'a', 5, { qos: 1 }));
    routes.add(persistent('x', 'a', 4, { qos: 0 }));
    expect(routes.get('x', 'a')).toMatchObject({ qos: 2, version: 5 });
    routes.add(persistent('x', 'a', 6, { qos: 0 }));
    expect(routes.get('x', 'a')).toMatchObject({ qos: 0, version: 6 });
  });

  test('stays when something older takes it away', () => {
    const routes = routesOf(persistent('x', 'a', 5));
    routes.remove('x', 'a', 4);
    expect(matching(routes, 'a')).toEqual(['x a']);
    routes.remove('x', 'a', 5);
    expect(matching(routes, 'a')).toEqual([]);
    expect(routes.count).toBe(0);
  });

  test('on its way to Redis is newer than all the log tells of before, until its version is known', () => {
    const routes = routesOf(persistent('x', 'a', 3, { qos: 0 }));
    const written = persistent('x', 'a', unconfirmed, { qos: 2 });
    routes.add(written);
    routes.add(persistent('x', 'a', 4, { qos: 1 }));
    routes.remove('x', 'a', 5);
    routes.forget('x', 'persistent', 5);
    expect(routes.get('x', 'a')).toMatchObject({ qos: 2 });
    written.version = 6;
    routes.remove('x', 'a', 5);
    expect(routes.get('x', 'a')).toMatchObject({ qos: 2, version: 6 });
    routes.remove('x', 'a', 7);
    expect(routes.get('x', 'a')).toBeUndefined();
  });

  test('asked for again before it is written holds as asked for last', () => {
    const routes = routesOf(persistent('x', 'a', unconfirmed, { qos: 0 }));
    routes.add(persistent('x', 'a', unconfirmed, { qos: 2 }));
    expect(routes.get('x', 'a')).toMatchObject({ qos: 2 });
    expect(routes.count).toBe(1);
  });

  test('becomes one that persists, and one that does not, with its session', () => {
    const routes = routesOf(routeOf('x', 'a', { version: 100 }));
    routes.add(persistent('x', 'a', unconfirmed));
    expect(routes.get('x', 'a')?.isPersistent).toBe(true);
    routes.add(routeOf('x', 'a', { version: 101 }));
    expect(routes.get('x', 'a')?.isPersistent).toBe(false);
    expect(routes.count).toBe(1);
  });
});

describe('forgetting a client id', () => {
  test('takes its routes of one kind, and no others', () => {
    const routes = routesOf(routeOf('x', 'a'), persistent('x', 'b', 1), persistent('y', 'b', 1));
    routes.forget('x', 'persistent');
    expect(matching(routes, 'b')).toEqual(['y b']);
    expect(matching(routes, 'a')).toEqual(['x a']);
    routes.forget('x', 'ordinary');
    expect(routes.of('x')).toEqual([]);
    expect(routes.count).toBe(1);
  });

  test('leaves what is newer: of a later epoch, or of a later version', () => {
    const routes = routesOf(routeOf('x', 'a', { version: 8 }), persistent('x', 'b', 8));
    routes.forget('x', 'ordinary', 7);
    routes.forget('x', 'persistent', 7);
    expect(routes.of('x')).toHaveLength(2);
  });
});

describe('a persistent route that the log tells of while a session that does not persist is connected here', () => {
  test('waits until that one has ended: it may be the session of an earlier owner, or of the next', () => {
    const routes = routesOf(routeOf('x', 'a', { version: 100, qos: 0 }));
    routes.add(persistent('x', 'a', 5, { qos: 2 }));
    expect(routes.get('x', 'a')).toMatchObject({ isPersistent: false, qos: 0 });
    routes.forget('x', 'ordinary', 100);
    expect(routes.get('x', 'a')).toMatchObject({ isPersistent: true, qos: 2, version: 5 });
    expect(routes.count).toBe(1);
  });

  test.each([
    ['one of its routes is gone', (routes: Routes) => routes.gone('x', 'a', 6)],
    ['all of them are', (routes: Routes) => routes.forget('x', 'persistent', 6)],
  ])('is forgotten when the log goes on to tell that %s', (_, gone) => {
    const routes = routesOf(routeOf('x', 'a', { version: 100 }));
    routes.add(persistent('x', 'a', 5));
    gone(routes);
    expect(routes.count).toBe(1);
    routes.forget('x', 'ordinary', 100);
    expect(routes.count).toBe(0);
  });
});

describe('loading a partition anew', () => {
  test('brings what is missing and takes what is gone, of that partition alone', () => {
    const routes = routesOf(persistent('x1', 'a', 1), persistent('x2', 'a', 1), persistent('y1', 'a', 1));
    const stored = [persistent('x2', 'a', 5, { qos: 2 }), persistent('x3', 'a', 5)];
    routes.reload((clientId) => clientId.startsWith('x'), stored);
    expect(matching(routes, 'a')).toEqual(['x2 a', 'x3 a', 'y1 a']);
    expect(routes.get('x2', 'a')?.qos).toBe(2);
    expect(routes.count).toBe(3);
  });

  test('leaves ordinary routes and those on their way to Redis alone', () => {
    const routes = routesOf(routeOf('x', 'a'), persistent('x', 'b', unconfirmed));
    routes.reload(everybody, []);
    expect(matching(routes, 'a')).toEqual(['x a']);
    expect(matching(routes, 'b')).toEqual(['x b']);
  });

  test('takes even what is newer: Redis may have lost it, and count its versions anew', () => {
    const routes = routesOf(persistent('x', 'a', 9), persistent('x', 'b', 9, { qos: 2 }));
    routes.reload(everybody, [persistent('x', 'b', 2, { qos: 0 })]);
    expect(matching(routes, 'a')).toEqual([]);
    expect(routes.get('x', 'b')).toMatchObject({ qos: 0, version: 2 });
  });
});

describe('a shared subscription', () => {
  test('groups its members by name and filter', () => {
    const routes = routesOf(
      routeOf('x', '$share/g/a/#'),
      routeOf('y', '$share/g/a/#'),
      routeOf('z', '$share/h/a/#'),
      routeOf('z', '$share/g/a/b'),
      routeOf('z', 'a/#'),
    );
    expect(matching(routes, 'a/b')).toEqual([
      'x $share/g/a/#',
      'y $share/g/a/#',
      'z $share/g/a/b',
      'z $share/h/a/#',
      'z a/#',
    ]);
    const groups = routes.match('a/b').flatMap((one) => [...(one.groups?.entries() ?? [])]);
    expect(groups.map(([name, { members }]) => `${name} ${members.length}`).toSorted()).toEqual([
      'g 1',
      'g 2',
      'h 1',
    ]);
    expect(routes.count).toBe(5);
  });

  test('has a member once that asks again, and forgets one that goes', () => {
    const routes = routesOf(routeOf('x', '$share/g/a'), routeOf('y', '$share/g/a'));
    routes.add(routeOf('x', '$share/g/a', { qos: 2 }));
    expect(matching(routes, 'a')).toEqual(['x $share/g/a', 'y $share/g/a']);
    routes.remove('x', '$share/g/a');
    expect(matching(routes, 'a')).toEqual(['y $share/g/a']);
    routes.remove('y', '$share/g/a');
    expect(routes.match('a')).toEqual([]);
    expect(routes.count).toBe(0);
  });

  test('goes while the ordinary subscription with the same filter stays, and the other way round', () => {
    const routes = routesOf(routeOf('x', '$share/g/a'), routeOf('x', 'a'), routeOf('y', '$share/g/a'));
    routes.remove('x', '$share/g/a');
    expect(matching(routes, 'a')).toEqual(['x a', 'y $share/g/a']);
    routes.remove('x', 'a');
    expect(matching(routes, 'a')).toEqual(['y $share/g/a']);
  });
});
