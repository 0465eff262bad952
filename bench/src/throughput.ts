import { setTimeout as sleep } from 'node:timers/promises';
import { FleetProcess, type FleetReport, type Pattern } from '../load/index.ts';
import { cpuMicroseconds, rssBytes } from './measure/process-stats.ts';
import { emptyRedis, storedEntries } from './measure/redis-control.ts';
import type { PrivateRedis } from './measure/redis-server.ts';
import { shared, startServer, type RunningServer, type ServerName } from './measure/servers.ts';

/** One thing to measure. */
export interface Cell {
  server: ServerName;
  /** `ws-lib` is the floor with the `ws` library. */
  transport: 'tcp' | 'ws' | 'ws-lib';
  pattern: Pattern;
}

export interface CellOptions {
  devices: number;
  payloadBytes: number;
  warmUpSeconds: number;
  seconds: number;
  /** Called when the server is up and before the fleet connects. */
  prepare?: (server: RunningServer) => Promise<void>;
}

/** What was measured. µs are CPU time, user and system, of the whole process. */
export interface Measurement {
  messagesPerSecond: number;
  serverMicros: number;
  redisMicros: number;
  p50Ms: number;
  p99Ms: number;
  rssMegabytes: number;
  /** Messages the generator could not offer in time; above 0 the rate was not what was asked. */
  skipped: number;
}

/** Measures one cell with a fresh server and an empty Redis. */
export async function measureCell(
  cell: Cell,
  redis: PrivateRedis,
  options: CellOptions,
): Promise<Measurement> {
  await emptyRedis(redis);
  const server = await startServer(cell.server, redis);
  const load = new FleetProcess();
  try {
    await options.prepare?.(server);
    const fleet = await load.fleet({
      endpoint: {
        host: '127.0.0.1',
        port: portFor(server.ports, cell),
        transport: cell.transport === 'tcp' ? 'tcp' : 'ws',
      },
      protocol: 'mqtt3.1.1',
      devices: options.devices,
      qos: 1,
      payloadBytes: options.payloadBytes,
      maxSeconds: Math.ceil(options.warmUpSeconds + options.seconds + 60),
    });
    await fleet.connect();
    await fleet.start(cell.pattern);
    await sleep(options.warmUpSeconds * 1000);
    await fleet.resetLatency();
    const before = await sample(fleet, server.pid, redis.pid);
    await sleep(options.seconds * 1000);
    const after = await sample(fleet, server.pid, redis.pid);
    if (after.report.open !== options.devices) {
      throw new Error(
        `${options.devices - after.report.open} devices lost: ${JSON.stringify(after.report.closed)}`,
      );
    }
    const memoryBytes = rssBytes(server.pid);
    await fleet.settle();
    await mustBeStored((await fleet.report()).acked, redis);
    const messages = after.report.acked - before.report.acked;
    return {
      messagesPerSecond: messages / ((after.atMs - before.atMs) / 1000),
      serverMicros: (after.serverMicros - before.serverMicros) / messages,
      redisMicros: (after.redisMicros - before.redisMicros) / messages,
      p50Ms: after.report.latency.p50Ms,
      p99Ms: after.report.latency.p99Ms,
      rssMegabytes: memoryBytes / 2 ** 20,
      skipped: after.report.skipped,
    };
  } finally {
    await load.stop();
    await server.stop();
  }
}

// Who acknowledges what it did not store is not to be compared with those who do.
async function mustBeStored(acked: number, redis: PrivateRedis): Promise<void> {
  const stored = await storedEntries(redis, shared.namespace, shared.partitions);
  if (stored < acked) throw new Error(`${acked} messages were acknowledged and only ${stored} stored`);
}

interface Sample {
  report: FleetReport;
  atMs: number;
  serverMicros: number;
  redisMicros: number;
}

async function sample(
  fleet: { report(): Promise<FleetReport> },
  server: number,
  redis: number,
): Promise<Sample> {
  const report = await fleet.report();
  return {
    report,
    atMs: performance.now(),
    serverMicros: cpuMicroseconds(server),
    redisMicros: cpuMicroseconds(redis),
  };
}

function portFor(ports: Record<string, number>, { server, transport }: Cell): number {
  const port = ports[transport === 'tcp' ? 'mqtt' : transport];
  if (port === undefined) throw new Error(`${server} has no ${transport} listener`);
  return port;
}
