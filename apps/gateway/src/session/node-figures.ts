import type { Counters } from '../counters.ts';
import type { Uplink } from '../uplink/uplink.ts';
import type { SessionRegistry } from './registry.ts';

/** What the figures of a node are taken from. */
export interface NodeFigureSources {
  readonly counters: Counters;
  readonly registry: SessionRegistry;
  readonly uplink: Uplink;
  /** Unix ms. */
  readonly now: () => number;
  readonly loopDelayMs: () => number;
  readonly isStoreUp: () => boolean;
}

/** Of one second. */
export type NodeFigures = ReturnType<typeof nodeFigures>;

/** The node's figures of this second, as its stream `stats` has them: gauges, and counters since the start. */
export function nodeFigures(sources: NodeFigureSources) {
  const { counters, registry, uplink } = sources;
  const redisLatencyMs = hundredths(counters.lastLatencyMs);
  counters.lastLatencyMs = 0;
  return {
    ts: sources.now(),
    connections: registry.size,
    paused: counters.paused,
    queuedBytes: uplink.queuedBytes,
    queuedMessages: uplink.queuedCount,
    loopDelayMs: hundredths(sources.loopDelayMs()),
    rssBytes: process.memoryUsage.rss(),
    redisLatencyMs,
    storeUp: sources.isStoreUp() ? 1 : 0,
    connects: counters.connects,
    disconnects: counters.disconnects,
    messagesIn: counters.messagesIn.reduce((sum, count) => sum + count, 0),
    bytesIn: counters.bytesIn,
    stored: counters.stored,
    acknowledged: counters.acknowledged,
    dropped: Object.values(counters.dropped).reduce((sum, count) => sum + count, 0),
    unknown: counters.unknown,
    refused: counters.refused,
  };
}

/** Bytes written for devices that they have not read. */
export function outboxBytes(registry: SessionRegistry): number {
  let bytes = 0;
  for (const session of registry.all()) bytes += session.connection.transport.pendingBytes;
  return bytes;
}

const hundredths = (value: number): number => Math.round(value * 100) / 100;
