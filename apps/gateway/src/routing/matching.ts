import type { StoredMessage } from '@tributary/backplane';
import type { Delivery } from './delivery.ts';
import type { Route, SharedGroup, Subscribers } from './routes.ts';

/** A delivery and the subscriptions of one client id that ask for it. */
export interface Target {
  readonly clientId: string;
  readonly delivery: Delivery;
  readonly isPersistent: boolean;
  readonly routes: readonly Route[];
}

/** What `message` is to a subscriber by one route. */
export function targetOf(message: StoredMessage, route: Route, shared: string | undefined): Target {
  return {
    clientId: route.clientId,
    delivery: {
      message,
      qos: Math.min(message.qos, route.qos) as 0 | 1 | 2,
      retain: message.retain && route.retainAsPublished,
      identifiers: route.identifier === undefined ? undefined : [route.identifier],
      shared,
    },
    isPersistent: route.isPersistent,
    routes: [route],
  };
}

/**
 * The ordinary subscriptions that match, as they are now: the routes of each client id, but not of the publisher where it
 * asked so [MQTT-3.8.3-3]. Who is handed the message later is decided here, whatever comes and goes meanwhile.
 */
export function snapshotOf(
  message: StoredMessage,
  matching: readonly Subscribers[],
): readonly (readonly Route[])[] {
  const isFor = (route: Route): boolean => !route.noLocal || route.clientId !== message.from;
  if (matching.length === 1) {
    const found: Route[][] = [];
    for (const route of matching[0]!.routes.values()) if (isFor(route)) found.push([route]);
    return found;
  }
  const byClient = new Map<string, Route[]>();
  for (const { routes } of matching) {
    for (const route of routes.values()) {
      if (!isFor(route)) continue;
      const own = byClient.get(route.clientId);
      if (own === undefined) byClient.set(route.clientId, [route]);
      else own.push(route);
    }
  }
  return [...byClient.values()];
}

/**
 * What one client id gets by its matching routes: one copy, at the highest QoS of them [MQTT-3.3.5-1], with the identifiers of
 * all [MQTT-3.3.4-4].
 */
export function targetOfAll(message: StoredMessage, routes: readonly Route[]): Target {
  const [first, ...others] = routes.map((route) => targetOf(message, route, undefined));
  return others.reduce(merged, first!);
}

/** The shared subscription groups among who matches, each with its whole filter. */
export function* groupsOf(matching: readonly Subscribers[]): Iterable<SharedGroup> {
  for (const { groups } of matching) if (groups !== undefined) yield* groups.values();
}

function merged(a: Target, b: Target): Target {
  return {
    clientId: a.clientId,
    delivery: {
      message: a.delivery.message,
      qos: Math.max(a.delivery.qos, b.delivery.qos) as 0 | 1 | 2,
      retain: a.delivery.retain || b.delivery.retain,
      identifiers: joined(a.delivery.identifiers, b.delivery.identifiers),
      shared: undefined,
    },
    isPersistent: a.isPersistent || b.isPersistent,
    routes: [...a.routes, ...b.routes],
  };
}

function joined(
  a: readonly number[] | undefined,
  b: readonly number[] | undefined,
): readonly number[] | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return [...new Set([...a, ...b])];
}
