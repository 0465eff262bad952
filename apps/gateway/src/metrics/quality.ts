import { Histogram, type Registry } from 'prom-client';
import { metricKinds } from './metric-kinds.ts';

/** Figures of the devices' links that are asked for. */
export interface QualityGauges {
  /** Devices by band. */
  readonly bands: () => Iterable<[band: string, devices: number]>;
  /** Connections that ended, by length; one count more than there are bounds. */
  readonly sessionCounts: () => readonly number[];
  /** Upper bounds of those in seconds. */
  readonly sessionBounds: readonly number[];
  /** Their lengths together, seconds. */
  readonly sessionSeconds: () => number;
  readonly lostRollUps: () => number;
  readonly tagsLeftOut: () => number;
}

/** Metrics of how devices' links are, and how long their connections last. */
export function registerQualityMetrics(registry: Registry, gauges: QualityGauges): void {
  const { total, gauges: gaugesOf } = metricKinds(registry);
  gaugesOf('tributary_devices', 'Devices connected, by the quality of their link', 'band', gauges.bands);
  total(
    'tributary_history_lost_total',
    'Roll-ups for the history that Redis did not take',
    gauges.lostRollUps,
  );
  total('tributary_tags_left_out_total', 'Tags of devices that do not fit', gauges.tagsLeftOut);
  registerSessionLengths(registry, gauges);
}

/** The counts are kept elsewhere, so what prom-client would report is put together here. */
function registerSessionLengths(registry: Registry, gauges: QualityGauges): void {
  const name = 'tributary_session_seconds';
  const help = 'How long connections lasted that have ended';
  const buckets = [...gauges.sessionBounds];
  const histogram = new Histogram({ name, help, buckets, registers: [] });
  const shape = new Histogram({ name, help, buckets, registers: [] });
  const read = async (): Promise<unknown> => {
    let count = 0;
    const values = gauges.sessionCounts().map((inBucket, i) => {
      count += inBucket;
      return { metricName: `${name}_bucket`, labels: { le: buckets[i] ?? '+Inf' }, value: count };
    });
    const totals = [
      { metricName: `${name}_sum`, labels: {}, value: gauges.sessionSeconds() },
      { metricName: `${name}_count`, labels: {}, value: count },
    ];
    return { ...(await shape.get()), values: [...values, ...totals] };
  };
  Object.assign(histogram, { get: read, getForPromString: read });
  registry.registerMetric(histogram);
}
