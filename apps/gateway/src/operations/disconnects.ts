import { noteAction, type Order, type OrderOutcome } from '@tributary/backplane';
import type { SessionRegistry } from '../session/registry.ts';
import type { OperationsParts } from './parts.ts';

type DisconnectOrder = Extract<Order, { type: 'disconnect' }>;

/**
 * Ends the connection of a device for an operator, and says what came of it. What the order does not mean is left alone:
 * a newer connection than it names, or anything once its time is over.
 */
export function disconnect(order: DisconnectOrder, parts: OperationsParts): OrderOutcome {
  const { registry, now, logger } = parts;
  if (now() > order.until) return 'expired';
  const found = sessionMeant(order, registry);
  if (typeof found === 'string') return found;
  // Before the end it causes, so that the history tells them in this order.
  noteInHistory(order, found.epoch, parts).catch((error: unknown) =>
    logger.debug({ err: error, device: order.device }, 'an action is missing in the history of its device'),
  );
  found.close('kicked', `${order.by}: ${order.reason}`);
  return 'disconnected';
}

function sessionMeant(
  { device, epoch }: DisconnectOrder,
  registry: SessionRegistry,
): NonNullable<ReturnType<SessionRegistry['get']>> | 'not-here' | 'superseded' {
  const session = registry.get(device);
  if (session === undefined || (epoch !== undefined && session.epoch < epoch)) return 'not-here';
  return epoch !== undefined && session.epoch > epoch ? 'superseded' : session;
}

async function noteInHistory(order: DisconnectOrder, epoch: number, parts: OperationsParts): Promise<void> {
  const { store, keys, nodeName, now } = parts;
  const { device, by, reason } = order;
  await noteAction(store.redis, keys, {
    ...{ device, epoch, node: nodeName(), action: 'disconnect' },
    ...{ by, reason, outcome: 'disconnected', ts: now() },
  });
}
