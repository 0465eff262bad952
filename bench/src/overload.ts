import { constants, setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  FleetProcess,
  type FleetReport,
  type LatencySummary,
  type RemoteFleet,
  type Verdict,
  verifyUplink,
} from '../load/index.ts';
import { startRedis } from './measure/redis-server.ts';
import { shared, startServer } from './measure/servers.ts';
import { StepWatch } from './measure/step-watch.ts';
import { markdownTable, short, type ProgramOptions, type ProgramResult } from './program.ts';

/** Bulk devices offer so many times what the node takes from them when it sets the pace. */
const overload = 3;
const mostTimes = 2;
/** A PUBACK within so many ms is in time whatever the ratio: the noise of two cores that all programs share. */
const enoughMs = 20;
/** The ladder is climbed down a step at a time. */
const recoverMs = 120_000;

export interface OverloadResult {
  /** Messages/s of bulk devices that the node took when it set the pace. */
  capacity: number;
  /** Messages/s they offered afterwards. */
  offered: number;
  idle: LatencySummary;
  under: LatencySummary;
  /** Steps of the ladder in the order they were seen. */
  steps: number[];
  report: FleetReport;
  verdict: Verdict;
}

/** A hundred critical devices at a message a second, alone and beside bulk devices that offer three times too much. */
export async function measureOverload(options: ProgramOptions): Promise<OverloadResult> {
  const seconds = options.seconds ?? 20;
  const redis = await startRedis();
  const [criticalLoad, bulkLoad] = [new FleetProcess(), new FleetProcess()];
  if (bulkLoad.pid !== undefined) setPriority(bulkLoad.pid, constants.priority.PRIORITY_LOW);
  let server: Awaited<ReturnType<typeof startServer>> | undefined;
  try {
    server = await startServer('tributary', redis, {
      devices: {
        rules: [
          { match: 'critical-*', class: 'critical' },
          { match: 'bulk-*', class: 'bulk' },
        ],
      },
    });
    const watch = new StepWatch(server.ports['ops']!);
    const common = {
      endpoint: { host: '127.0.0.1', port: server.ports['mqtt']!, transport: 'tcp' },
      protocol: 'mqtt5',
      qos: 1,
      maxSeconds: 900,
    } as const;
    const critical = await criticalLoad.fleet({ ...common, devices: 100, idPrefix: 'critical-' });
    await critical.connect();
    await critical.start({ kind: 'rate', perSecond: 1 });
    const idle = await latencyOf(critical, seconds);
    const devices = options.devices ?? 1000;
    const paced = await bulkLoad.fleet({ ...common, devices, idPrefix: 'bulk-' });
    const capacity = await capacityOf(paced);
    const offered = capacity * overload;
    // At QoS 0 nothing of the protocol holds them back.
    const bulk = await bulkLoad.fleet({ ...common, qos: 0, devices, idPrefix: 'bulk-', reconnectMs: 1000 });
    await bulk.connect({ timeoutMs: 60_000 });
    await bulk.start({ kind: 'rate', perSecond: offered / devices });
    const under = await latencyOf(critical, seconds);
    await bulk.end({ abrupt: true });
    await watch.until((step) => step === 0, recoverMs);
    watch.stop();
    await critical.settle();
    const report = await critical.report();
    const ledger = await critical.ledger();
    await critical.end();
    const verdict = await verifyUplink(ledger, { redisUrl: redis.url, ...shared });
    return { capacity, offered, idle, under, steps: watch.steps, report, verdict };
  } finally {
    await Promise.all([criticalLoad.stop(), bulkLoad.stop()]);
    await server?.stop();
    await redis.stop();
  }
}

/** Messages/s at QoS 1 with a few in flight each, for five seconds; the fleet leaves again. */
async function capacityOf(fleet: RemoteFleet): Promise<number> {
  const ms = 5000;
  await fleet.connect({ timeoutMs: 60_000 });
  await fleet.start({ kind: 'closed', inflight: 8 });
  await sleep(2000);
  const before = (await fleet.report()).acked;
  await sleep(ms);
  const { acked } = await fleet.report();
  await fleet.end();
  return ((acked - before) / ms) * 1000;
}

async function latencyOf(fleet: RemoteFleet, seconds: number): Promise<LatencySummary> {
  await sleep(3000);
  await fleet.resetLatency();
  await sleep(seconds * 1000);
  return (await fleet.report()).latency;
}

/** The ladder is taken a step at a time, up and down. */
export function isLadder(steps: readonly number[]): boolean {
  return steps.every((step, i) => i === 0 || Math.abs(step - steps[i - 1]!) === 1);
}

export async function overloadBenchmark(options: ProgramOptions): Promise<ProgramResult> {
  const result = await measureOverload(options);
  const { idle, under, steps, report, verdict } = result;
  const most = Math.max(enoughMs, idle.p99Ms * mostTimes);
  const ends = report.devices - report.open;
  const highest = Math.max(0, ...steps);
  const bounds = [
    { bound: 'critical: none lost', found: `${verdict.missing} of ${verdict.acked}`, isKept: verdict.missing === 0 },
    { bound: 'critical: none disconnected', found: `${ends}`, isKept: ends === 0 },
    { bound: `critical: PUBACK p99 below ${short(most)} ms`, found: `${short(under.p99Ms)} ms`, isKept: under.p99Ms <= most },
    { bound: 'the ladder moved, a step at a time', found: steps.join(' '), isKept: highest > 0 && isLadder(steps) },
    { bound: 'and back', found: `${steps.at(-1)}`, isKept: steps.at(-1) === 0 },
  ]; // prettier-ignore
  const table = markdownTable(
    ['PUBACK of critical devices, ms', 'p50', 'p99', 'max'],
    [
      ['alone', ...[idle.p50Ms, idle.p99Ms, idle.maxMs].map(short)],
      ['beside the bulk', ...[under.p50Ms, under.p99Ms, under.maxMs].map(short)],
    ],
  );
  const facts = `Bulk devices: ${short(result.capacity)} messages/s taken at their pace, ${short(result.offered)} offered.`;
  const kept = bounds.map(({ bound, found, isKept }) => `${isKept ? 'kept' : 'BROKEN'}: ${bound}: ${found}`);
  return {
    markdown: [table, facts, ...kept].join('\n\n'),
    data: result,
    isGood: bounds.every(({ isKept }) => isKept),
  };
}
