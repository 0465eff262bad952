import type { Keys, Store } from '@tributary/backplane';
import type { CloseReason } from '@tributary/protocol';
import type { Logger } from '@tributary/runtime';
import type { Audit } from '../audit/audit-event.ts';
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
  readonly audit: Audit;
  /** Credentials of devices: changes are read when an order says so. */
  readonly identity: { readonly credentials: { apply(): Promise<number> } };
}

/** A connection that was turned away, as far as it is known who it was. */
export interface Refused {
  readonly reason: CloseReason;
  /** `address:port`. */
  readonly address: string;
  /** Undefined before it said who it is. */
  readonly clientId: string | undefined;
  /** Name of the listener it came to. */
  readonly listener?: string | undefined;
  readonly protocol?: string | undefined;
  readonly user?: string | undefined;
  /** Who said no, where it was an authenticator. */
  readonly authenticator?: string | undefined;
}
