import { Counter, Gauge, type Registry } from 'prom-client';

/** The kinds of metric a node has: each reads its figure when it is asked, so that the message path only adds numbers. */
export interface MetricKinds {
  gauge(name: string, help: string, read: () => number): void;
  /** One figure for each value of a label; values that are not told any more go. */
  gauges(name: string, help: string, label: string, read: () => Iterable<[string, number]>): void;
  total(name: string, help: string, read: () => number): void;
  /** One figure for each value of a label. */
  totals(name: string, help: string, label: string, read: () => Iterable<[string, number]>): void;
}

/** Ways to register metrics with `registry`. */
export function metricKinds(registry: Registry): MetricKinds {
  const registers = [registry];
  return {
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    },
    gauges(name, help, label, read) {
      new Gauge({
        name,
        help,
        registers,
        labelNames: [label],
        collect() {
          this.reset();
          for (const [value, count] of read()) this.set({ [label]: value }, count);
        },
      });
    },
    total(name, help, read) {
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(read());
        },
      });
    },
    totals(name, help, label, read) {
      new Counter({
        name,
        help,
        registers,
        labelNames: [label],
        collect() {
          this.reset();
          for (const [value, count] of read()) this.inc({ [label]: value }, count);
        },
      });
    },
  };
}
