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
 * Who gets a message by ordinary subscriptions: each client id once, however many of its filters match, at the highest QoS
 * of them [MQTT-3.3.5-1], with the identifiers of all [MQTT-3.3.4-4]. Not its publisher where it asked so [MQTT-3.8.3-3].
 */
export function targetsOf(message: StoredMessage, matching: readonly Subscribers[]): Iterable<Target> {
  // With one filter nobody matches twice.
  return matching.length === 1 ? oneEach(message, matching[0]!) : mergedTargets(message, matching);
}

function* oneEach(message: StoredMessage, { routes }: Subscribers): Iterable<Target> {
  for (const route of routes.values()) {
    if (!route.noLocal || route.clientId !== message.from) yield targetOf(message, route, undefined);
  }
}

function mergedTargets(message: StoredMessage, matching: readonly Subscribers[]): Iterable<Target> {
  const targets = new Map<string, Target>();
  for (const { routes } of matching) {
    for (const route of routes.values()) {
      if (route.noLocal && route.clientId === message.from) continue;
      const target = targetOf(message, route, undefined);
      const before = targets.get(route.clientId);
      targets.set(route.clientId, before === undefined ? target : merged(before, target));
    }
  }
  return targets.values();
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
