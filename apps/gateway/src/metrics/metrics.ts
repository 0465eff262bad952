import { monitorEventLoopDelay } from 'node:perf_hooks';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type Counters, latencyBounds } from '../counters.ts';
import { registerDownlinkMetrics, type DownlinkGauges } from './downlink.ts';
import { metricKinds } from './metric-kinds.ts';

/** Figures of the node that are asked for, not counted. */
export interface Gauges extends DownlinkGauges {
  readonly isStoreUp: () => boolean;
  readonly queuedBytes: () => number;
  readonly inboundBytes: () => number;
  readonly queuedMessages: () => number;
  readonly flushes: () => number;
  readonly outboxBytes: () => number;
  readonly pendingReleases: () => number;
}

/** The node's Prometheus metrics: read from the counters when asked, never touched by the message path. */
export class Metrics {
  readonly registry = new Registry();
  readonly #loopDelay: ReturnType<typeof monitorEventLoopDelay>;

  constructor(counters: Counters, gauges: Gauges) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.#loopDelay = monitorEventLoopDelay({ resolution: 10 });
    this.#loopDelay.enable();

    const { gauge, total, totals } = metricKinds(this.registry);

    new Gauge({
      name: 'tributary_connections',
      help: 'Devices connected',
      labelNames: ['listener', 'protocol'],
      registers,
      collect() {
        this.reset();
        for (const [key, count] of counters.connections) {
          const [listener = '', protocol = ''] = key.split('\n');
          this.set({ listener, protocol }, count);
        }
      },
    });
    totals('tributary_messages_in_total', 'Messages admitted', 'qos', () =>
      counters.messagesIn.map((count, qos) => [String(qos), count]),
    );
    total('tributary_bytes_in_total', 'Payload bytes admitted', () => counters.bytesIn);
    total('tributary_messages_stored_total', 'Messages Redis confirmed', () => counters.stored);
    total(
      'tributary_acknowledgements_total',
      'PUBACK, PUBREC, PUBCOMP and ack frames sent',
      () => counters.acknowledged,
    );
    totals('tributary_messages_dropped_total', 'QoS 0 messages not stored', 'reason', () =>
      Object.entries(counters.dropped),
    );
    total(
      'tributary_messages_unknown_total',
      'QoS 0 messages whose storing was never confirmed',
      () => counters.unknown,
    );
    total('tributary_connects_total', 'Devices admitted', () => counters.connects);
    totals('tributary_connects_refused_total', 'Devices refused', 'reason', () => counters.refusedBy);
    totals('tributary_disconnects_total', 'Connections ended', 'reason', () => counters.disconnectsBy);
    total('tributary_store_errors_total', 'Messages Redis refused', () => counters.storeErrors);
    total(
      'tributary_sessions_expired_total',
      'Sessions deleted when their time came',
      () => counters.sessionsExpired,
    );
    total('tributary_uplink_flushes_total', 'Writes to Redis', gauges.flushes);
    gauge('tributary_uplink_queue_bytes', 'Bytes waiting for Redis to confirm them', gauges.queuedBytes);
    gauge(
      'tributary_uplink_queue_messages',
      'Messages waiting for Redis to confirm them',
      gauges.queuedMessages,
    );
    gauge(
      'tributary_inbound_bytes',
      'Bytes read from devices and not yet taken: unfinished packets, and what pauses hold back',
      gauges.inboundBytes,
    );
    gauge('tributary_outbox_bytes', 'Bytes waiting for devices to read them', gauges.outboxBytes);
    gauge('tributary_paused_connections', 'Connections whose reading is stopped', () => counters.paused);
    gauge('tributary_pending_releases', 'Ended connections not yet told to Redis', gauges.pendingReleases);
    gauge('tributary_store_up', '1 while Redis stores', () => (gauges.isStoreUp() ? 1 : 0));
    registerDownlinkMetrics(this.registry, counters, gauges);
    this.#registerLoopDelay();
    this.#registerLatency(counters);
  }

  /** Mean event-loop delay since the last call, ms. */
  loopDelayMs(): number {
    const { mean } = this.#loopDelay;
    this.#loopDelay.reset();
    return Number.isNaN(mean) ? 0 : Math.max(0, mean / 1e6 - 10);
  }

  stop(): void {
    this.#loopDelay.disable();
    this.registry.clear();
  }

  #registerLoopDelay(): void {
    const loopDelay = this.#loopDelay;
    new Gauge({
      name: 'tributary_event_loop_delay_seconds',
      help: 'Delay of the event loop in the last second',
      labelNames: ['quantile'],
      registers: [this.registry],
      collect() {
        for (const quantile of [0.5, 0.99]) {
          const delay = loopDelay.percentile(quantile * 100) / 1e9 - 0.01;
          this.set({ quantile: String(quantile) }, Math.max(0, delay));
        }
      },
    });
  }

  /**
   * The counters keep the histogram themselves, one addition for each flush. Measured from the first message of a flush
   * to its last reply, so it never understates.
   */
  #registerLatency(counters: Counters): void {
    const name = 'tributary_ack_latency_seconds';
    const help = 'Time from a message to the reply of Redis, at the most';
    const histogram = new Histogram({ name, help, buckets: [...latencyBounds], registers: [] });
    // prom-client offers no way to add many observations at once, so what it would report is put together here.
    const shape = new Histogram({ name, help, buckets: [...latencyBounds], registers: [] });
    const read = async (): Promise<unknown> => {
      let count = 0;
      const values = counters.latency.map((inBucket, i) => {
        count += inBucket;
        return { metricName: `${name}_bucket`, labels: { le: latencyBounds[i] ?? '+Inf' }, value: count };
      });
      const totals = [
        { metricName: `${name}_sum`, labels: {}, value: counters.latencySeconds },
        { metricName: `${name}_count`, labels: {}, value: count },
      ];
      return { ...(await shape.get()), values: [...values, ...totals] };
    };
    Object.assign(histogram, { get: read, getForPromString: read });
    this.registry.registerMetric(histogram);
  }
}
