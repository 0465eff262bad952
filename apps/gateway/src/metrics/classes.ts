import type { Backlog } from '@tributary/backplane';
import { serviceClasses } from '@tributary/protocol';
import type { Registry } from 'prom-client';
import { metricKinds } from './metric-kinds.ts';

/** Figures of the service classes. */
export interface ClassFigures {
  readonly counts: () => Iterable<[string, number]>;
  /** Cause → how often it raised a device. */
  readonly raises: () => Iterable<[string, number]>;
  readonly decays: () => number;
  /** Devices whose messages are acknowledged before they are stored. */
  readonly unsafe: () => number;
}

/** Figures of their messages. */
export interface ClassTraffic {
  /** What waits of the class of a rank. */
  readonly backlogOf: (rank: number) => Backlog;
  readonly lostAfterAck: () => number;
}

/** Metrics of who matters how much: devices and backlog of each class, raises and their ends. */
export function registerClassMetrics(registry: Registry, figures: ClassFigures, traffic: ClassTraffic): void {
  const { gauge, gauges, total, totals } = metricKinds(registry);
  const backlog = (pick: keyof Backlog) => (): [string, number][] =>
    serviceClasses.map((name, rank) => [name, traffic.backlogOf(rank)[pick]]);
  gauges('tributary_class_devices', 'Devices connected, by service class in force', 'class', figures.counts);
  gauges(
    'tributary_class_queue_bytes',
    'Bytes waiting for Redis to confirm them, by service class',
    'class',
    backlog('bytes'),
  );
  gauges(
    'tributary_class_queue_messages',
    'Messages waiting for Redis to confirm them, by service class',
    'class',
    backlog('messages'),
  );
  totals('tributary_class_raises_total', 'Devices raised to another class', 'cause', figures.raises);
  total('tributary_class_decays_total', 'Raises that were over', figures.decays);
  gauge(
    'tributary_unsafe_devices',
    'Devices whose messages are acknowledged before they are stored',
    figures.unsafe,
  );
  total(
    'tributary_messages_lost_after_ack_total',
    'Messages acknowledged before they were stored, and then not stored',
    traffic.lostAfterAck,
  );
}
