import type { StoredMessage } from '@tributary/backplane';
import type { Delivery } from '../routing/delivery.ts';
import type { Route, SubscriptionOptions } from '../routing/routes.ts';

/** A message of QoS 1 that lasts for ever. */
export const messageOf = (differs: Partial<StoredMessage> = {}): StoredMessage => ({
  ...{ topic: 'a/b', qos: 1, retain: false, payload: Buffer.from('hello'), ts: 1_700_000_000_000 },
  ...{ from: 'sender', epoch: 3, seq: 9, expiresAt: undefined, contentType: undefined, props: undefined },
  ...differs,
});

/** A delivery at QoS 1 of a message with `payload`. */
export const deliveryOf = (
  payload: string,
  differs: Partial<Delivery> = {},
  message: Partial<StoredMessage> = {},
): Delivery => ({
  message: messageOf({ payload: Buffer.from(payload), ...message }),
  ...{ qos: 1, retain: false, identifiers: undefined, shared: undefined },
  ...differs,
});

/** What is asked for with a filter: QoS 1 and nothing else. */
export const optionsOf = (differs: Partial<SubscriptionOptions> = {}): SubscriptionOptions => ({
  ...{ qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0, identifier: undefined },
  ...differs,
});

/** A subscription at QoS 1, of a session that ends with its connection. */
export const routeOf = (clientId: string, filter: string, differs: Partial<Route> = {}): Route => ({
  ...{ clientId, filter, isPersistent: false, version: 1 },
  ...optionsOf(),
  ...differs,
});
