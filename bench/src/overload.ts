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

/** Bulk devices offer so many times what the node can take of them. */
const overload = 3;
/** More than any node takes, messages/s. */
const tooMuch = 1_000_000;
/** Messages in one write of a bulk device. */
const together = 50;
/** The generator may be late for so much of what is to be offered: more, and it was not three times too much. */
const mostSkipped = 0.05;
const mostTimes = 2;
/** A PUBACK within so many ms is in time whatever the ratio: the noise of two cores that all programs share. */
const enoughMs = 20;
/** The ladder is climbed down a step at a time. */
const recoverMs = 120_000;

export interface OverloadResult {
  /** Messages/s at QoS 0 that the node takes of devices nothing slows. */
  capacity: number;
  /** Messages/s that bulk devices were to offer afterwards, the share of it that the generator was too late for, and what was taken. */
  offered: number;
  skipped: number;
  taken: number;
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
    const opsPort = server.ports['ops']!;
    const watch = new StepWatch(opsPort);
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
    // At QoS 0 nothing of the protocol holds them back.
    const flood = { ...common, qos: 0, devices } as const;
    // Devices of no class are slowed when the node is about to fail all, and not before.
    const free = await bulkLoad.fleet({ ...flood, idPrefix: 'free-' });
    const capacity = await capacityOf(free, devices, opsPort);
    const offered = capacity * overload;
    const bulk = await bulkLoad.fleet({ ...flood, idPrefix: 'bulk-', reconnectMs: 1000 });
    await bulk.connect({ timeoutMs: 60_000 });
    await bulk.start({ kind: 'batches', perSecond: offered / devices, together });
    const storedBefore = await storedBy(opsPort);
    const beganMs = performance.now();
    const under = await latencyOf(critical, seconds);
    const taken = ((await storedBy(opsPort)) - storedBefore) / ((performance.now() - beganMs) / 1000);
    const { sent, blocked, skipped } = await bulk.report();
    await bulk.end({ abrupt: true });
    await watch.until((step) => step === 0, recoverMs);
    watch.stop();
    await critical.settle();
    const report = await critical.report();
    const ledger = await critical.ledger();
    await critical.end();
    const verdict = await verifyUplink(ledger, { redisUrl: redis.url, ...shared });
    const late = skipped / Math.max(1, sent + blocked + skipped);
    return { capacity, offered, skipped: late, taken, idle, under, steps: watch.steps, report, verdict };
  } finally {
    await Promise.all([criticalLoad.stop(), bulkLoad.stop()]);
    await server?.stop();
    await redis.stop();
  }
}

/** Messages/s that the node stores of devices that send as much as their sockets take; the fleet leaves again. */
async function capacityOf(fleet: RemoteFleet, devices: number, opsPort: number): Promise<number> {
  const seconds = 5;
  await fleet.connect({ timeoutMs: 60_000 });
  await fleet.start({ kind: 'batches', perSecond: tooMuch / devices, together });
  await sleep(2000);
  const before = await storedBy(opsPort);
  await sleep(seconds * 1000);
  const stored = (await storedBy(opsPort)) - before;
  await fleet.end({ abrupt: true });
  return stored / seconds;
}

/** Messages the node has stored. */
async function storedBy(opsPort: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${opsPort}/metrics`);
  return Number(/^tributary_messages_stored_total(?:\{[^}]*\})? (\S+)/m.exec(await answer.text())?.[1]);
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
    { bound: 'the bulk was offered', found: `but for ${short(result.skipped * 100)} %`, isKept: result.skipped <= mostSkipped },
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
  const facts = `The node can take ${short(result.capacity)} messages/s; bulk devices offered ${short(result.offered)}, of which ${short(result.taken)} were taken.`;
  const kept = bounds.map(({ bound, found, isKept }) => `${isKept ? 'kept' : 'BROKEN'}: ${bound}: ${found}`);
  return {
    markdown: [table, facts, ...kept].join('\n\n'),
    data: result,
    isGood: bounds.every(({ isKept }) => isKept),
  };
}
