import type { GatewayConfig } from '../config.ts';
import { Metrics } from '../metrics.ts';
import { registerOperationsMetrics } from '../metrics-operations.ts';
import { registerQualityMetrics } from '../metrics-quality.ts';
import { Operations } from '../operations/operations.ts';
import { OpsServer } from '../ops-server.ts';
import { Figures } from '../session/figures.ts';
import { inboundBytes, nodeFigures, outboxBytes } from '../session/node-figures.ts';
import { Quality } from '../session/quality/quality.ts';
import type { Ground } from './ground.ts';
import type { StreamSide } from './stream-side.ts';

/** What operators see of this node and its devices, and what they ask of it. */
export interface OperatorSide {
  readonly operations: Operations;
  readonly quality: Quality;
  readonly figures: Figures;
  readonly metrics: Metrics;
  readonly ops: OpsServer;
  /** What is told of this node each second. */
  readonly stats: () => Readonly<Record<string, number | string>>;
}

/** Builds it; nothing runs yet. `notReady` says why the node should get no devices now. */
export function buildOperatorSide(
  config: GatewayConfig,
  ground: Ground,
  stream: StreamSide,
  notReady: () => readonly string[],
): OperatorSide {
  const { historyLength } = config.quality;
  const operations = new Operations(ground);
  const quality = new Quality({ ...ground, listeners: config.listeners, ...config.quality });
  const { news, changedBands } = quality;
  const figures = new Figures({ ...ground, historyLength, news, changedBands, ...config.presence });
  const metrics = buildMetrics(ground, stream);
  registerQualityMetrics(metrics.registry, quality);
  registerOperationsMetrics(metrics.registry, operations);
  const ops = new OpsServer({ ...config.ops, registry: metrics.registry, notReady });
  const sources = {
    ...ground,
    uplink: stream.uplink,
    loopDelayMs: () => metrics.loopDelayMs(),
    isStoreUp: stream.isStoreUp,
  };
  const stats = () => ({ ...quality.withBins(nodeFigures(sources)), ...operations.figures() });
  return { operations, quality, figures, metrics, ops, stats };
}

function buildMetrics({ counters, registry }: Ground, stream: StreamSide): Metrics {
  const { uplink, claims, downlink, isStoreUp } = stream;
  const { router, routes, retained } = downlink;
  return new Metrics(counters, {
    isStoreUp,
    queuedBytes: () => uplink.queuedBytes,
    inboundBytes: () => inboundBytes(registry),
    queuedMessages: () => uplink.queuedCount,
    flushes: () => uplink.flushes,
    outboxBytes: () => outboxBytes(registry),
    pendingReleases: () => claims.pendingCount,
    subscriptions: () => routes.count,
    retained: () => retained.count,
    fanOutsWaiting: () => router.waiting,
    settlementsWaiting: () => downlink.settlementsWaiting,
  });
}
