import type { StoredMessage } from '@tributary/backplane';
import type { Delivery } from './delivery.ts';
import type { Route } from './routes.ts';
import type { Members } from './shared-choice.ts';

/** The connected devices of this node, as the router sees them. */
export interface Receivers extends Members {
  /** Resolves when what is retained for the message's topic, and still to come to a new subscription, is handed over. */
  before(clientId: string, message: StoredMessage): Promise<void> | undefined;
  /**
   * Hands over a message that no queue keeps, to the session that subscribed by one of `routes`; false when that is not
   * connected here any more.
   */
  deliver(routes: readonly Route[], delivery: Delivery): boolean;
  /** The session's queue may have something that this node was not told of. */
  look(clientId: string): void;
  /** Redis has the message as entry `n` of the session's queue; `owner` is the node that holds the device. */
  queued(clientId: string, n: number, delivery: Delivery, owner: string | undefined): void;
}
