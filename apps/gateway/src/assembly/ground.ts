import { Keys, Store, type StoreOptions } from '@tributary/backplane';
import { type Logger, systemClock } from '@tributary/runtime';
import type { GatewayConfig } from '../config.ts';
import type { Connection } from '../connection/connection.ts';
import { Counters } from '../counters.ts';
import { SessionRegistry } from '../session/registry.ts';

/** What all parts of a node stand on. */
export interface Ground {
  readonly logger: Logger;
  /** How Redis is reached; parts whose reads block open connections of their own. */
  readonly connection: StoreOptions;
  readonly store: Store;
  readonly keys: Keys;
  readonly counters: Counters;
  readonly registry: SessionRegistry;
  /** Connections that are not sessions yet, to be closed when the node stops. */
  readonly greeting: Set<Connection>;
  /** Unix ms. */
  readonly now: () => number;
  /** Monotonic ms. */
  readonly monotonic: () => number;
  /** This node's `id.incarnation` now. */
  readonly nodeName: () => string;
}

/** Nothing runs yet. */
export function layGround(config: GatewayConfig, logger: Logger, nodeName: () => string): Ground {
  const { namespace, url, connectTimeoutMs, replyTimeoutMs } = config.redis;
  const connection = { url, name: `tributary-${config.node.id}`, connectTimeoutMs, replyTimeoutMs };
  return {
    logger,
    connection,
    store: new Store(connection),
    keys: new Keys(namespace, config.partitions),
    counters: new Counters(),
    registry: new SessionRegistry(),
    greeting: new Set(),
    now: systemClock.now,
    monotonic: systemClock.monotonic,
    nodeName,
  };
}
