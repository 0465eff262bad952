import { constants, setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  FleetProcess,
  type FleetPlan,
  type FleetReport,
  type Heard,
  type LatencySummary,
  type RemoteFleet,
} from '../load/index.ts';
import { peakRssBytes, rssBytes } from './measure/process-stats.ts';
import { queuedMessages } from './measure/redis-control.ts';
import { startRedis, type PrivateRedis } from './measure/redis-server.ts';
import { shared, startServer, type RunningServer } from './measure/servers.ts';
import { markdownTable, short, type ProgramOptions, type ProgramResult } from './program.ts';

/** What the live devices were answered in. */
interface Answers {
  pings: LatencySummary;
  publishes: LatencySummary;
}

export interface StormResult {
  sessions: number;
  messages: number;
  /** In the queues before the storm, and after it. */
  queued: number;
  left: number;
  /** From the first CONNECT of the storm to its last CONNACK, and to the last message. */
  connectSeconds: number;
  seconds: number;
  report: FleetReport;
  heard: Heard;
  quiet: Answers;
  during: Answers;
  /** Live devices that were disconnected. */
  lost: number;
  rssBeforeMegabytes: number;
  peakRssMegabytes: number;
}

const liveDevices = 100;
const payloadBytes = 100;
const mostSeconds = 120;
const mebibyte = 2 ** 20;

type Plan = Omit<FleetPlan, 'payload'>;

/**
 * `devices` sessions are away with 20 messages each in their queues, and all come back at once, while 100 live devices
 * ping five times and publish once a second each.
 */
export async function measureStorm(options: ProgramOptions): Promise<StormResult> {
  const sessions = Math.min(options.devices ?? 10_000, 10_000);
  const messages = 20;
  const redis = await startRedis();
  const [stormLoad, liveLoad] = [new FleetProcess(), new FleetProcess()];
  // The storm gives way to the process that takes the time.
  if (stormLoad.pid !== undefined) setPriority(stormLoad.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  let server: RunningServer | undefined;
  try {
    server = await startServer('tributary', redis);
    const transport = options.only === 'ws' ? 'ws' : 'tcp';
    const common = {
      endpoint: { host: '127.0.0.1', port: server.ports[transport === 'ws' ? 'ws' : 'mqtt']!, transport },
      protocol: 'mqtt5',
      qos: 1,
      payloadBytes,
      maxSeconds: 600,
    } as const;
    const away: Plan = {
      ...common,
      devices: sessions,
      idPrefix: 'away-',
      cleanStart: false,
      expirySeconds: 3600,
      subscribe: { filter: 'fleet/all', qos: 1 },
    };
    await fillQueues(stormLoad, liveLoad, away, messages, options);
    const queued = await queuedIn(redis, sessions);
    const live = await liveLoad.fleet({ ...common, devices: liveDevices, idPrefix: 'live-', pingMs: 200 });
    await live.connect();
    await live.start({ kind: 'rate', perSecond: 1 });
    await sleep(2000);
    const quiet = await answersOf(live, () => sleep((options.seconds ?? 5) * 1000));
    const rssBeforeMegabytes = rssBytes(server.pid) / mebibyte;
    options.say?.(`${queued} messages queued; ${short(rssBeforeMegabytes)} MB`);
    const back = await stormLoad.fleet(away);
    const startMs = performance.now();
    let connectSeconds = 0;
    let report: FleetReport | undefined;
    let seconds = 0;
    const during = await answersOf(live, async () => {
      await back.connect({ perSecond: 20_000, atOnce: 4000, timeoutMs: mostSeconds * 1000 });
      connectSeconds = (performance.now() - startMs) / 1000;
      report = await received(back, queued, startMs);
      seconds = (performance.now() - startMs) / 1000;
    });
    // What comes now is too much.
    await sleep(2000);
    report = await back.report();
    const result: StormResult = {
      sessions,
      messages,
      queued,
      left: await queuedIn(redis, sessions),
      connectSeconds,
      seconds,
      report,
      heard: await back.heard(messages),
      quiet,
      during,
      lost: liveDevices - (await live.report()).open,
      rssBeforeMegabytes,
      peakRssMegabytes: peakRssBytes(server.pid) / mebibyte,
    };
    await Promise.all([back.end({ abrupt: true }), live.end()]);
    return result;
  } finally {
    await Promise.all([stormLoad.stop(), liveLoad.stop()]);
    await server?.stop();
    await redis.stop();
  }
}

/** All subscribe and leave; one publisher then reaches them all with each of its messages. */
async function fillQueues(
  load: FleetProcess,
  publisherLoad: FleetProcess,
  away: Plan,
  messages: number,
  options: ProgramOptions,
): Promise<void> {
  const fleet = await load.fleet(away);
  await fleet.connect({ perSecond: 5000, timeoutMs: mostSeconds * 1000 });
  await until('the subscriptions', async () => (await fleet.report()).subscribed === away.devices);
  await fleet.end();
  options.say?.(`${away.devices} sessions are away`);
  const { subscribe: _, ...plan } = away;
  const publisher = await publisherLoad.fleet({
    ...plan,
    devices: 1,
    idPrefix: 'publisher-',
    topic: 'fleet/all',
  });
  await publisher.connect();
  await publisher.start({ kind: 'closed', inflight: 1, messages });
  await until('the queues to be filled', async () => (await publisher.report()).acked === messages);
  await publisher.end();
}

const queuedIn = (redis: PrivateRedis, sessions: number): Promise<number> =>
  queuedMessages(
    redis,
    shared.namespace,
    shared.partitions,
    Array.from({ length: sessions }, (_, i) => `away-${String(i + 1).padStart(4, '0')}`),
  );

async function answersOf(live: RemoteFleet, meanwhile: () => Promise<unknown>): Promise<Answers> {
  await live.resetLatency();
  await meanwhile();
  // One that is not answered yet counts when it is.
  await until('the last ping to be answered', async () => (await live.report()).unanswered < liveDevices);
  const { pings, latency } = await live.report();
  return { pings, publishes: latency };
}

async function received(back: RemoteFleet, messages: number, startMs: number): Promise<FleetReport> {
  for (;;) {
    const report = await back.report();
    if (report.received >= messages || performance.now() - startMs > mostSeconds * 1000) return report;
    await sleep(20);
  }
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + mostSeconds * 1000;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`waited ${mostSeconds} s for ${what}`);
    await sleep(20);
  }
}

/** Every promise of the storm, with what was found. */
export function stormBounds(result: StormResult): { bound: string; found: string; isKept: boolean }[] {
  const { sessions, messages, queued, left, report, heard, during, lost, peakRssMegabytes } = result;
  const wanted = sessions * messages;
  const slowestMs = during.pings.maxMs;
  return [
    { bound: `${messages} messages queued for each`, found: `${queued}`, isKept: queued === wanted },
    { bound: 'every message arrives', found: `${heard.missing} missing`, isKept: heard.missing === 0 },
    { bound: 'none arrives twice', found: `${report.doubled} doubled`, isKept: report.doubled === 0 },
    { bound: 'the queues are empty', found: `${left} left`, isKept: left === 0 },
    { bound: 'nobody is disconnected', found: `${lost + sessions - report.open}`, isKept: lost + sessions - report.open === 0 },
    { bound: 'node below 1 GiB', found: `${short(peakRssMegabytes)} MB`, isKept: peakRssMegabytes < 1024 },
    { bound: 'PINGREQ answered within 100 ms', found: `${short(slowestMs)} ms`, isKept: slowestMs <= 100 },
  ]; // prettier-ignore
}

export async function storm(options: ProgramOptions): Promise<ProgramResult> {
  const result = await measureStorm(options);
  const { quiet, during, seconds, connectSeconds, queued, rssBeforeMegabytes, peakRssMegabytes } = result;
  const row = (name: string, { pings, publishes }: Answers): string[] => [
    name,
    ...[pings, publishes].flatMap(({ p50Ms, p99Ms, maxMs }) => [p50Ms, p99Ms, maxMs].map(short)),
  ];
  const answers = markdownTable(
    ['ms', 'PINGREQ p50', 'p99', 'max', 'QoS 1 PUBLISH p50', 'p99', 'max'],
    [row('before', quiet), row('during the storm', during)],
  );
  const bounds = stormBounds(result);
  const promises = markdownTable(
    ['', 'found', ''],
    bounds.map(({ bound, found, isKept }) => [bound, found, isKept ? 'yes' : 'NO']),
  );
  const summary = `${short(queued)} messages in ${seconds.toFixed(1)} s (${short(Math.round(queued / seconds))} messages/s); all connected after ${connectSeconds.toFixed(1)} s. Node: ${short(rssBeforeMegabytes)} MB before, ${short(peakRssMegabytes)} MB at most.`;
  return {
    markdown: [summary, answers, promises].join('\n\n'),
    data: result,
    isGood: bounds.every(({ isKept }) => isKept),
  };
}
