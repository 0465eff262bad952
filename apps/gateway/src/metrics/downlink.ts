import type { Registry } from 'prom-client';
import type { Counters } from '../counters.ts';
import { metricKinds } from './metric-kinds.ts';

/** Figures of the way down that are asked for, not counted. */
export interface DownlinkGauges {
  readonly subscriptions: () => number;
  readonly retained: () => number;
  /** Messages for queues, and acknowledgements of them, that Redis has not taken yet. */
  readonly fanOutsWaiting: () => number;
  readonly settlementsWaiting: () => number;
}

/** Metrics of what goes to devices: who wants what, queues, deliveries, retained messages, wills. */
export function registerDownlinkMetrics(
  registry: Registry,
  counters: Counters,
  gauges: DownlinkGauges,
): void {
  const { gauge, total, totals } = metricKinds(registry);
  gauge('tributary_subscriptions', 'Subscriptions this node knows', gauges.subscriptions);
  gauge('tributary_retained_messages', 'Topics with a retained message', gauges.retained);
  gauge(
    'tributary_fanout_queue_messages',
    'Messages waiting for Redis to take them into queues of sessions',
    gauges.fanOutsWaiting,
  );
  gauge(
    'tributary_settlement_queue_messages',
    'Acknowledgements of devices waiting for Redis to take them',
    gauges.settlementsWaiting,
  );
  total('tributary_messages_routed_total', 'Messages somebody subscribed to', () => counters.routed);
  total(
    'tributary_messages_denied_total',
    'Messages to topics their device may not publish to',
    () => counters.denied,
  );
  total(
    'tributary_subscriptions_denied_total',
    'Filters refused, and subscriptions ended, because they are not allowed',
    () => counters.subscriptionsDenied,
  );
  total('tributary_messages_queued_total', 'Messages put into queues of sessions', () => counters.queued);
  total(
    'tributary_queue_dropped_total',
    'Oldest messages dropped from full queues',
    () => counters.queueDropped,
  );
  total('tributary_queue_rejected_total', 'Messages full queues refused', () => counters.queueRejected);
  totals('tributary_messages_out_total', 'Messages sent to devices', 'qos', () =>
    counters.messagesOut.map((count, qos) => [String(qos), count]),
  );
  total('tributary_bytes_out_total', 'Payload bytes sent to devices', () => counters.bytesOut);
  total('tributary_messages_delivered_total', 'Messages devices acknowledged', () => counters.delivered);
  total('tributary_messages_redelivered_total', 'Messages sent again', () => counters.redelivered);
  totals('tributary_messages_undelivered_total', 'Messages for devices given up', 'reason', () =>
    Object.entries(counters.undelivered),
  );
  total('tributary_wills_total', 'Wills handed on', () => counters.willsRouted);
}
