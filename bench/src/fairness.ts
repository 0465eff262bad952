import { constants, setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { FleetProcess, type LatencySummary } from '../load/index.ts';
import { startRedis } from './measure/redis-server.ts';
import { startServer } from './measure/servers.ts';
import { markdownTable, serverName, short, type ProgramOptions, type ProgramResult } from './program.ts';

export interface FairnessResult {
  alone: LatencySummary;
  beside: LatencySummary;
  /** Messages/s of the device that floods. */
  floodPerSecond: number;
  /** Steady devices that were disconnected. */
  lost: number;
}

/** The bound of the p99 and the maximum: beside a flood at most so many times what it is without. */
const mostTimes = 3;
/** A PUBACK within so many ms is in time whatever the ratio: the noise of a machine that other programs share. */
const noiseMs = 10;

/**
 * PUBACK latency of `devices` devices at 1 message/s each, first alone, then beside one device that sends QoS 1 as fast
 * as its socket takes it, without regard to any window.
 */
export async function measureFairness(options: ProgramOptions): Promise<FairnessResult> {
  const devices = options.devices ?? 1000;
  const seconds = options.seconds ?? 10;
  const redis = await startRedis();
  // Two processes, and the one that floods gives way: what it costs the gateway is measured, not what its own hunger
  // for CPU costs the one that takes the time.
  const [steadyLoad, floodLoad] = [new FleetProcess(), new FleetProcess()];
  if (floodLoad.pid !== undefined) setPriority(floodLoad.pid, constants.priority.PRIORITY_LOW);
  let server: Awaited<ReturnType<typeof startServer>> | undefined;
  try {
    server = await startServer(serverName(options.server), redis);
    const endpoint = { host: '127.0.0.1', port: server.ports['mqtt']!, transport: 'tcp' } as const;
    const common = { endpoint, protocol: 'mqtt3.1.1', qos: 1, maxSeconds: 2 * seconds + 60 } as const;
    const steady = await steadyLoad.fleet({ ...common, devices, idPrefix: 'steady-' });
    await steady.connect();
    await steady.start({ kind: 'rate', perSecond: 1 });
    await sleep(2000);
    await steady.resetLatency();
    await sleep(seconds * 1000);
    const alone = (await steady.report()).latency;

    const flood = await floodLoad.fleet({ ...common, devices: 1, idPrefix: 'flood-', window: 65_535 });
    await flood.connect();
    await flood.start({ kind: 'flood' });
    await sleep(2000);
    await steady.resetLatency();
    const before = (await flood.report()).acked;
    await sleep(seconds * 1000);
    const after = await steady.report();
    const floodPerSecond = ((await flood.report()).acked - before) / seconds;
    return { alone, beside: after.latency, floodPerSecond, lost: devices - after.open };
  } finally {
    await Promise.all([steadyLoad.stop(), floodLoad.stop()]);
    await server?.stop();
    await redis.stop();
  }
}

/** The device whose PUBACK is within the bound, or so near that the machine's noise explains it. */
export function isFair({ alone, beside, lost }: FairnessResult): boolean {
  const inTime = (withFlood: number, without: number): boolean =>
    withFlood <= Math.max(noiseMs, mostTimes * without);
  return (
    lost === 0 && inTime(beside.p99Ms, alone.p99Ms) && inTime(beside.maxMs, Math.max(alone.maxMs, noiseMs))
  );
}

export async function fairness(options: ProgramOptions): Promise<ProgramResult> {
  const result = await measureFairness(options);
  const { alone, beside } = result;
  const row = (name: string, key: 'p50Ms' | 'p99Ms' | 'maxMs'): string[] => [
    name,
    short(alone[key]),
    short(beside[key]),
    short(beside[key] / alone[key]),
  ];
  const table = markdownTable(
    ['PUBACK', 'alone, ms', 'beside the flood, ms', 'ratio'],
    [row('p50', 'p50Ms'), row('p99', 'p99Ms'), row('max', 'maxMs')],
  );
  const flood = `The flood: ${short(Math.round(result.floodPerSecond))} messages/s acknowledged. Steady devices disconnected: ${result.lost}.`;
  return { markdown: `${table}\n\n${flood}`, data: result, isGood: isFair(result) };
}
