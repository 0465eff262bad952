import { Counter, Histogram, type Registry } from 'prom-client';
import { metricKinds } from './metric-kinds.ts';

/** What one authenticator said. */
interface Asked {
  readonly authenticator: string;
  readonly outcome: string;
  readonly reason: string;
  readonly seconds: number;
}

/** What the metrics of authentication are read from. */
export interface AuthFigures {
  readonly onAsked: ((asked: Asked) => void)[];
  readonly credentials: { readonly count: number };
  readonly auth: {
    readonly queues: () => Iterable<[name: string, waiting: number]>;
    readonly servers: () => Iterable<[name: string, isDown: boolean]>;
  };
}

/** A cached answer takes microseconds, a hash 0.2 s, a server that hangs its timeout. */
const buckets = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Metrics of who asked to come in, and what authenticators made of it. */
export function registerAuthMetrics(registry: Registry, figures: AuthFigures): void {
  const registers = [registry];
  const total = new Counter({
    name: 'tributary_auth_total',
    help: 'Questions to authenticators, by what they said',
    labelNames: ['authenticator', 'outcome', 'reason'],
    registers,
  });
  const seconds = new Histogram({
    name: 'tributary_auth_seconds',
    help: 'Time an authenticator took',
    labelNames: ['authenticator'],
    buckets,
    registers,
  });
  figures.onAsked.push(({ authenticator, outcome, reason, seconds: took }) => {
    total.inc({ authenticator, outcome, reason });
    seconds.observe({ authenticator }, took);
  });
  const { gauge, gauges } = metricKinds(registry);
  gauges('tributary_auth_waiting', 'Devices that wait for an authenticator', 'authenticator', () =>
    figures.auth.queues(),
  );
  gauges(
    'tributary_auth_server_down',
    '1 while the server of an authenticator is left alone because it failed',
    'authenticator',
    () => Array.from(figures.auth.servers(), ([name, isDown]) => [name, isDown ? 1 : 0]),
  );
  gauge('tributary_disabled_devices', 'Devices kept out by an operator', () => figures.credentials.count);
}
