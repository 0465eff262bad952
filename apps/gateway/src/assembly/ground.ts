import { Keys, Store, type StoreOptions } from '@tributary/backplane';
import { type Logger, systemClock } from '@tributary/runtime';
import type { GatewayConfig } from '../config/config.ts';
import type { Connection } from '../connection/connection.ts';
import { InboundBytes } from '../connection/inbound-bytes.ts';
import { Counters } from '../counters.ts';
import { SessionRegistry } from '../session/registry.ts';
import { DeviceRules } from '../admission/device-rules.ts';
import type { Classes } from '../session/classes/classes.ts';
import { buildClasses } from './classes-side.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { buildAudit } from './audit-side.ts';
import type { Throttling } from '../session/throttling/throttling.ts';
import { buildThrottling } from './throttling.ts';
import { IdentitySide } from './identity-side.ts';

/** What all parts of a node stand on. */
export interface Ground {
  readonly logger: Logger;
  /** How Redis is reached; parts whose reads block open connections of their own. */
  readonly connection: StoreOptions;
  readonly store: Store;
  readonly keys: Keys;
  readonly counters: Counters;
  readonly registry: SessionRegistry;
  /** What connections keep of unfinished packets. */
  readonly inbound: InboundBytes;
  /** Connections that are not sessions yet, to be closed when the node stops. */
  readonly greeting: Set<Connection>;
  /** Unix ms. */
  readonly now: () => number;
  /** Monotonic ms. */
  readonly monotonic: () => number;
  /** This node's `id.incarnation` now. */
  readonly nodeName: () => string;
  /** Connection and security events; silent until it is started. */
  readonly audit: AuditLog<GatewayConfig['audit']>;
  /** Limits on rates, and whom limits of any kind are told to. */
  readonly throttling: Throttling;
  /** What operators say of devices by their client id. */
  readonly devices: DeviceRules;
  /** Who is of which service class. */
  readonly classes: Classes;
  /** How devices show who they are. */
  readonly identity: IdentitySide;
}

/** Nothing runs yet. */
export function layGround(config: GatewayConfig, logger: Logger, nodeName: () => string): Ground {
  const { namespace, url, tls, connectTimeoutMs, replyTimeoutMs } = config.redis;
  const connection = { url, tls, name: `tributary-${config.node.id}`, connectTimeoutMs, replyTimeoutMs };
  const counters = new Counters();
  const devices = new DeviceRules(config.devices, counters);
  const shared = {
    logger,
    store: new Store(connection),
    keys: new Keys(namespace, config.partitions),
    devices,
    now: systemClock.now,
    monotonic: systemClock.monotonic,
    nodeName,
  };
  const registry = new SessionRegistry();
  const audit = buildAudit(config.audit, logger, nodeName);
  const classes = buildClasses(config, shared);
  const throttling = buildThrottling(config.rates, config.quality.historyLength, {
    ...shared,
    registry,
    audit,
  });
  classes.onChanged.push((session, previous) => throttling.reclassed(session, previous));
  const identity = new IdentitySide(config, { ...shared, registry });
  return {
    ...shared,
    identity,
    connection,
    counters,
    registry,
    inbound: new InboundBytes(config.limits.maxInboundBytes),
    greeting: new Set(),
    audit,
    classes,
    throttling,
  };
}
