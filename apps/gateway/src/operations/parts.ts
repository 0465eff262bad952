import type { Keys, Store } from '@tributary/backplane';
import type { CloseReason } from '@tributary/protocol';
import type { Logger } from '@tributary/runtime';
import type { Connection } from '../connection/connection.ts';
import type { Counters } from '../counters.ts';
import type { SessionRegistry } from '../session/registry.ts';

/** What the operations need of the node. */
export interface OperationsParts {
  readonly store: Store;
  readonly keys: Keys;
  readonly registry: SessionRegistry;
  /** Connections that are not sessions yet. */
  readonly greeting: ReadonlySet<Connection>;
  readonly counters: Counters;
  readonly logger: Logger;
  /** Unix ms. */
  readonly now: () => number;
  readonly monotonic: () => number;
  /** This node's `id.incarnation` now. */
  readonly nodeName: () => string;
}

/** A connection that was turned away, as far as it is known who it was. */
export interface Refused {
  readonly reason: CloseReason;
  /** `address:port`. */
  readonly address: string;
  /** Undefined before it said who it is. */
  readonly clientId: string | undefined;
}
