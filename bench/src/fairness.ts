import { constants, setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { FleetProcess, type Endpoint, type LatencySummary } from '../load/index.ts';
import { startRedis } from './measure/redis-server.ts';
import { startServer } from './measure/servers.ts';
import { markdownTable, serverName, short, type ProgramOptions, type ProgramResult } from './program.ts';

export interface FairnessResult {
  alone: LatencySummary;
  /** While the same flood goes to another gateway with its own Redis: what the mere hunger for CPU costs here. */
  elsewhere: LatencySummary;
  /** While the flood goes to the same gateway. */
  beside: LatencySummary;
  /** Messages/s of the device that floods. */
  floodPerSecond: number;
  /** Steady devices that were disconnected. */
  lost: number;
}

/** The bound: beside a flood at most so many times what it is without. */
const mostTimes = 3;
/** A PUBACK within so many ms is in time whatever the ratio: the noise of a machine that other programs share. */
const noiseMs = 10;

interface Site {
  mqttPort: number;
  stop(): Promise<void>;
}

async function startSite(options: ProgramOptions): Promise<Site> {
  const redis = await startRedis();
  try {
    const server = await startServer(serverName(options.server), redis);
    const stop = async (): Promise<void> => {
      await server.stop();
      await redis.stop();
    };
    return { mqttPort: server.ports['mqtt']!, stop };
  } catch (error) {
    await redis.stop();
    throw error;
  }
}

/**
 * PUBACK latency of `devices` devices at 1 message/s each: alone, beside one device that floods another gateway, and
 * beside one that floods theirs. The flood is QoS 1 as fast as its socket takes it, without regard to any window.
 */
export async function measureFairness(options: ProgramOptions): Promise<FairnessResult> {
  const devices = options.devices ?? 1000;
  const seconds = options.seconds ?? 10;
  const sites: Site[] = [];
  // Processes of their own, and the one that floods gives way to the one that takes the time.
  const [steadyLoad, floodLoad] = [new FleetProcess(), new FleetProcess()];
  if (floodLoad.pid !== undefined) setPriority(floodLoad.pid, constants.priority.PRIORITY_LOW);
  try {
    for (let site = 0; site < 2; site++) sites.push(await startSite(options));
    const [here, there] = sites.map(
      ({ mqttPort }) => ({ host: '127.0.0.1', port: mqttPort, transport: 'tcp' }) as const,
    );
    const common = { protocol: 'mqtt3.1.1', qos: 1, maxSeconds: 4 * seconds + 60 } as const;
    const steady = await steadyLoad.fleet({ ...common, endpoint: here!, devices, idPrefix: 'steady-' });
    await steady.connect();
    await steady.start({ kind: 'rate', perSecond: 1 });
    const latency = async (): Promise<LatencySummary> => {
      await sleep(2000);
      await steady.resetLatency();
      await sleep(seconds * 1000);
      return (await steady.report()).latency;
    };
    const flooded = async (endpoint: Endpoint): Promise<{ latency: LatencySummary; perSecond: number }> => {
      const flood = await floodLoad.fleet({
        ...common,
        endpoint,
        devices: 1,
        idPrefix: 'flood-',
        window: 65_535,
      });
      await flood.connect();
      await flood.start({ kind: 'flood' });
      const measured = await latency();
      const { acked } = await flood.report();
      await flood.end({ abrupt: true });
      return { latency: measured, perSecond: acked / (seconds + 2) };
    };
    const alone = await latency();
    const elsewhere = await flooded(there!);
    const beside = await flooded(here!);
    const lost = devices - (await steady.report()).open;
    return {
      alone,
      elsewhere: elsewhere.latency,
      beside: beside.latency,
      floodPerSecond: beside.perSecond,
      lost,
    };
  } finally {
    await Promise.all([steadyLoad.stop(), floodLoad.stop()]);
    await Promise.all(sites.map((site) => site.stop()));
  }
}

/**
 * Whether p99 and maximum beside the flood are within the bound of what they are without it. Where the flood already
 * costs CPU time when it goes elsewhere (fewer cores than programs), that is what it is without.
 */
export function isFair({ alone, elsewhere, beside, lost }: FairnessResult): boolean {
  const inTime = (key: 'p99Ms' | 'maxMs'): boolean =>
    beside[key] <= Math.max(noiseMs, mostTimes * Math.max(alone[key], elsewhere[key]));
  return lost === 0 && inTime('p99Ms') && inTime('maxMs');
}

export async function fairness(options: ProgramOptions): Promise<ProgramResult> {
  const result = await measureFairness(options);
  const { alone, elsewhere, beside } = result;
  const row = (name: string, key: 'p50Ms' | 'p99Ms' | 'maxMs'): string[] => {
    const values = [alone[key], elsewhere[key], beside[key]];
    return [name, ...[...values, beside[key] / alone[key], beside[key] / elsewhere[key]].map(short)];
  };
  const table = markdownTable(
    ['PUBACK, ms', 'alone', 'flood elsewhere', 'flood here', '× alone', '× elsewhere'],
    [row('p50', 'p50Ms'), row('p99', 'p99Ms'), row('max', 'maxMs')],
  );
  const flood = `The flood: ${short(Math.round(result.floodPerSecond))} messages/s acknowledged. Steady devices disconnected: ${result.lost}.`;
  return { markdown: `${table}\n\n${flood}`, data: result, isGood: isFair(result) };
}
