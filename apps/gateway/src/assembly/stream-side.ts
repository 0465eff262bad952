import { type Order, parseRedisUrl } from '@tributary/backplane';
import { Claims } from '../cluster/claims.ts';
import { ControlInbox } from '../cluster/control-inbox.ts';
import { ClusterNode, type NodeOptions } from '../cluster/node.ts';
import type { GatewayConfig } from '../config/config.ts';
import { Downlink } from '../downlink/downlink.ts';
import { Keeping } from '../keeping/keeping.ts';
import { Uplink } from '../uplink/uplink.ts';
import { version } from '../version.ts';
import type { Ground } from './ground.ts';

/** What the stream side asks of the other sides, and tells them. */
export interface StreamSideEvents extends Pick<NodeOptions, 'state' | 'stats' | 'onLost'> {
  onUplinkUp(): void;
  /** Acknowledgements of one chunk of replies are gathered: write them. */
  onSettledChunk(): void;
  /** Another node speaks for the device now. */
  onTakeover(device: string, epoch: number, by: string): void;
  onOrder(order: Order): void;
}

/** Everything between this node and Redis. */
export interface StreamSide {
  readonly uplink: Uplink;
  readonly claims: Claims;
  readonly node: ClusterNode;
  readonly control: ControlInbox;
  readonly downlink: Downlink;
  readonly keeping: Keeping;
  /** Whether messages can be stored now, as far as this node knows. */
  readonly isStoreUp: () => boolean;
}

/** Builds it; nothing runs yet. */
export function buildStreamSide(config: GatewayConfig, ground: Ground, events: StreamSideEvents): StreamSide {
  const { store, keys, logger } = ground;
  const uplink = buildUplink(config, ground, events);
  ground.classes.onShared = (isShared) => (uplink.isShared = isShared);
  const claims = new Claims(store, keys, logger);
  const downlink = buildDownlink(config, ground, uplink);
  const shared = {
    ...ground,
    uplinkMaxLength: config.uplink.streamMaxLength,
    recordSeconds: config.presence.transientRecordSeconds,
    onFiredWills: downlink.firedAll.bind(downlink),
  };
  const node = new ClusterNode({
    ...shared,
    id: config.node.id,
    version,
    state: events.state,
    stats: events.stats,
    onLost: events.onLost,
  });
  const control = new ControlInbox(
    ground.connection,
    store,
    keys,
    logger,
    ground.nodeName,
    events.onTakeover,
    events.onOrder,
  );
  const { retained, wills } = downlink;
  const keeping = new Keeping({ ...shared, claims, retained, wills });
  const isStoreUp = (): boolean => store.isUp && uplink.isUp && node.trouble === undefined;
  return { uplink, claims, node, control, downlink, keeping, isStoreUp };
}

function buildUplink(config: GatewayConfig, ground: Ground, events: StreamSideEvents): Uplink {
  const { logger, connection, keys, counters, monotonic } = ground;
  return new Uplink(
    {
      ...config.uplink,
      classes: config.classes,
      connectTimeoutMs: config.redis.connectTimeoutMs,
      replyTimeoutMs: config.redis.replyTimeoutMs,
      address: parseRedisUrl(config.redis.url, config.redis.tls),
      name: `${connection.name}-uplink`,
      keys,
      monotonic,
    },
    counters,
    {
      onUp: () => {
        logger.info('uplink is up');
        events.onUplinkUp();
      },
      onDown: (why) => logger.warn({ why }, 'uplink is down'),
      onReplicatedUp: () => logger.info('replicated uplink is up'),
      onReplicatedDown: (why) => logger.warn({ why }, 'replicated uplink is down'),
      onRefused: (reply) => logger.error({ reply }, 'Redis refused a message'),
      onSettledChunk: events.onSettledChunk,
    },
  );
}

function buildDownlink(
  { queues, retained, mqtt, access }: GatewayConfig,
  ground: Ground,
  uplink: Uplink,
): Downlink {
  return new Downlink({
    ...ground,
    queueLimits: queues,
    retainedLimits: retained,
    retainAvailable: mqtt.retainAvailable,
    sharedStrategy: mqtt.sharedStrategy,
    access,
    onRoom: () => uplink.readers.letWaitingOn(),
  });
}
