import type { CloseReason } from '@tributary/protocol';

/** Upper bounds of the acknowledgement latency histogram in seconds. */
export const latencyBounds = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const;

/**
 * What the node counts, as plain numbers: the message path adds, `metrics.ts` reads when it is asked. Counters only
 * rise; gauges say so.
 */
export class Counters {
  readonly messagesIn = [0, 0, 0];
  bytesIn = 0;
  stored = 0;
  acknowledged = 0;
  readonly dropped = { 'store-unavailable': 0, 'store-failed': 0, 'rate-exceeded': 0, 'overload': 0 };
  unknown = 0;
  /** Messages that were acknowledged before they were stored, and then were not. */
  lostAfterAck = 0;
  connects = 0;
  disconnects = 0;
  readonly disconnectsBy = new Map<CloseReason, number>();
  refused = 0;
  readonly refusedBy = new Map<CloseReason, number>();
  storeErrors = 0;
  sessionsExpired = 0;
  /** Requests that named a device without coming from a trusted proxy. */
  forwardedIgnored = 0;
  /** Tags of devices that do not fit. */
  tagsLeftOut = 0;
  /** Messages somebody besides the stream wanted. */
  routed = 0;
  /** Messages to topics their device may not publish to. */
  denied = 0;
  /** Filters that were refused, and subscriptions that ended because they are not allowed any more. */
  subscriptionsDenied = 0;
  /** Entries put into queues of sessions, dropped from full ones, and refused by full ones. */
  queued = 0;
  queueDropped = 0;
  queueRejected = 0;
  willsRouted = 0;
  /** Messages said to devices, by QoS. */
  readonly messagesOut = [0, 0, 0];
  bytesOut = 0;
  /** Acknowledged by devices. */
  delivered = 0;
  redelivered = 0;
  readonly undelivered = {
    'expired': 0,
    'too-large': 0,
    'queue-full': 0,
    'outbox-full': 0,
    'too-old': 0,
    'refused': 0,
    'denied': 0,
  };
  /** Gauge: open connections by `listener\nprotocol`. */
  readonly connections = new Map<string, number>();
  /** Gauge: connections whose reading is stopped. */
  paused = 0;
  /** Messages by latency bucket; the last counts those above every bound. */
  readonly latency: number[] = Array.from({ length: latencyBounds.length + 1 }, () => 0);
  latencySeconds = 0;
  /** Gauge: of the last flush since the figures were last told. */
  lastLatencyMs = 0;

  disconnected(reason: CloseReason): void {
    this.disconnects++;
    this.disconnectsBy.set(reason, (this.disconnectsBy.get(reason) ?? 0) + 1);
  }

  refusedFor(reason: CloseReason): void {
    this.refused++;
    this.refusedBy.set(reason, (this.refusedBy.get(reason) ?? 0) + 1);
  }

  connectionsChanged(listener: string, protocol: string, by: 1 | -1): void {
    const key = `${listener}\n${protocol}`;
    this.connections.set(key, (this.connections.get(key) ?? 0) + by);
  }

  /** `count` messages took `ms` at the most. */
  observeLatency(count: number, ms: number): void {
    this.lastLatencyMs = ms;
    const seconds = ms / 1000;
    let bucket = 0;
    while (bucket < latencyBounds.length && seconds > latencyBounds[bucket]!) bucket++;
    this.latency[bucket]! += count;
    this.latencySeconds += seconds * count;
  }
}
