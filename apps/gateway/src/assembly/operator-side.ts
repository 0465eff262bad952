import type { GatewayConfig } from '../config/config.ts';
import { Metrics } from '../metrics/metrics.ts';
import { registerAuditMetrics } from '../metrics/audit.ts';
import { registerAuthMetrics } from '../metrics/auth.ts';
import { registerClassMetrics } from '../metrics/classes.ts';
import { registerOperationsMetrics } from '../metrics/operations.ts';
import { registerOverloadMetrics } from '../metrics/overload.ts';
import { registerQualityMetrics } from '../metrics/quality.ts';
import { registerThrottlingMetrics } from '../metrics/throttling.ts';
import { registerTlsMetrics } from '../metrics/tls.ts';
import { registerSourceMetrics } from '../metrics/sources.ts';
import type { AutomaticBans } from '../operations/bans/automatic-bans.ts';
import { Operations } from '../operations/operations.ts';
import { OpsServer } from '../ops-server.ts';
import { Figures } from '../session/figures.ts';
import { nodeFigures, outboxBytes } from '../session/node-figures.ts';
import { Quality } from '../session/quality/quality.ts';
import type { Sources } from '../admission/sources/sources.ts';
import { buildAutomaticBans } from './access-side.ts';
import type { Ground } from './ground.ts';
import { buildOverload, type OverloadSide } from './overload-side.ts';
import { buildSources } from './source-side.ts';
import type { StreamSide } from './stream-side.ts';
import { TlsSide } from './tls-side.ts';

/** What operators see of this node and its devices, and what they ask of it. */
export interface OperatorSide {
  readonly operations: Operations;
  readonly automaticBans: AutomaticBans;
  /** Where connections come from. */
  readonly sources: Sources;
  readonly overload: OverloadSide;
  readonly tls: TlsSide;
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
  const automaticBans = buildAutomaticBans(config, ground, operations);
  const quality = new Quality({ ...ground, listeners: config.listeners, ...config.quality });
  const { news, changedBands } = quality;
  const figures = new Figures({ ...ground, historyLength, news, changedBands, ...config.presence });
  const metrics = buildMetrics(ground, stream);
  registerQualityMetrics(metrics.registry, quality);
  registerThrottlingMetrics(metrics.registry, ground.throttling);
  registerOperationsMetrics(metrics.registry, operations);
  registerClassMetrics(metrics.registry, ground.classes, {
    backlogOf: (rank) => stream.uplink.backlogOf(rank),
    lostAfterAck: () => ground.counters.lostAfterAck,
  });
  ground.classes.watchedSessions = () => operations.traces.sessions();
  const sources = buildSources(config, ground);
  registerSourceMetrics(metrics.registry, sources, ground.counters);
  registerAuditMetrics(metrics.registry, ground.audit);
  const overload = buildOverload(config, ground, stream.uplink);
  registerOverloadMetrics(metrics.registry, overload.figures);
  registerAuthMetrics(metrics.registry, ground.identity);
  const tls = new TlsSide({ ...ground, operations });
  operations.onRevocationsChanged = () => tls.refresh();
  registerTlsMetrics(metrics.registry, tls.counts, () => tls.certificates());
  const ops = new OpsServer({ ...config.ops, registry: metrics.registry, notReady });
  const nodeParts = {
    ...ground,
    uplink: stream.uplink,
    loopDelayMs: () => metrics.loopDelayMs(),
    isStoreUp: stream.isStoreUp,
  };
  const stats = () => ({
    ...quality.withBins(nodeFigures(nodeParts)),
    ...operations.figures(),
    ...ground.classes.figures(),
    ...overload.stats(),
    ...tls.figures(),
  });
  return { operations, automaticBans, sources, overload, tls, quality, figures, metrics, ops, stats };
}

function buildMetrics({ counters, inbound, registry }: Ground, stream: StreamSide): Metrics {
  const { uplink, claims, downlink, isStoreUp } = stream;
  const { router, routes, retained } = downlink;
  return new Metrics(counters, {
    isStoreUp,
    queuedBytes: () => uplink.queuedBytes,
    inboundBytes: () => inbound.bytes,
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
