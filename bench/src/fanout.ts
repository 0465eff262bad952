import { setTimeout as sleep } from 'node:timers/promises';
import { FleetProcess, type RemoteFleet } from '../load/index.ts';
import { commandStats, increase, sentDuring, type Commands } from './measure/command-stats.ts';
import { cpuMicroseconds } from './measure/process-stats.ts';
import { emptyRedis } from './measure/redis-control.ts';
import { startRedis, type PrivateRedis } from './measure/redis-server.ts';
import { startServer, type ServerName } from './measure/servers.ts';
import {
  markdownTable,
  median,
  serverName,
  short,
  type ProgramOptions,
  type ProgramResult,
} from './program.ts';

export interface FanoutMeasurement {
  perSecond: number;
  serverMicros: number;
  redisMicros: number;
  /** PUBLISH to PUBACK of the publishers, which waits for the queues. */
  p50Ms: number;
  p99Ms: number;
  /** EVALSHA per delivery under load, whatever runs beside. */
  scriptsPerDelivery: number;
  /** Commands sent per delivery at a low rate, the one that writes the stream aside and what an idle node sends too. */
  sentPerDelivery: number;
  /** The same by name. */
  sent: Record<string, number>;
}

const slowSeconds = 5;

/**
 * Publishers that each reach one online persistent session at QoS 1, each message stored in the stream too: deliveries/s
 * in a closed loop, and what Redis is asked for one.
 */
export async function measureFanout(
  server: ServerName,
  redis: PrivateRedis,
  options: ProgramOptions,
): Promise<FanoutMeasurement> {
  await emptyRedis(redis);
  const devices = options.devices ?? 200;
  const running = await startServer(server, redis);
  const load = new FleetProcess();
  try {
    const common = {
      endpoint: { host: '127.0.0.1', port: running.ports['mqtt']!, transport: 'tcp' },
      protocol: 'mqtt3.1.1', // Aedes speaks no other
      qos: 1,
      devices,
      maxSeconds: 300,
    } as const;
    const subscribers = await load.fleet({
      ...common,
      idPrefix: 'subscriber-',
      cleanStart: false,
      subscribe: { filter: 'to/NUMBER', qos: 1 },
    });
    const publishers = await load.fleet({ ...common, idPrefix: 'publisher-', topic: 'to/NUMBER' });
    await subscribers.connect();
    await publishers.connect();
    await untilSubscribed(subscribers, devices);

    const idle = await sentDuring(redis, () => sleep(slowSeconds * 1000));
    let delivered = (await subscribers.report()).received;
    const busy = await sentDuring(redis, async () => {
      await publishers.start({ kind: 'rate', perSecond: 200 / devices });
      await sleep(slowSeconds * 1000);
      await publishers.settle();
      await sleep(200);
    });
    delivered = (await subscribers.report()).received - delivered;
    const sent = perDelivery(increase(idle, busy), delivered);

    await publishers.start({ kind: 'closed', inflight: 4 });
    await sleep(1500);
    await publishers.resetLatency();
    const sample = async (): Promise<{
      atMs: number;
      received: number;
      server: number;
      redis: number;
      stats: Commands;
    }> => ({
      atMs: performance.now(),
      received: (await subscribers.report()).received,
      server: cpuMicroseconds(running.pid),
      redis: cpuMicroseconds(redis.pid),
      stats: await commandStats(redis),
    });
    const before = await sample();
    await sleep((options.seconds ?? 4) * 1000);
    const after = await sample();
    const { latency } = await publishers.report();
    await publishers.settle();
    await sleep(500);
    const [{ received, doubled, open }, { acked }] = [await subscribers.report(), await publishers.report()];
    if (received - doubled < acked || open < devices)
      throw new Error(
        `${acked} acknowledged, ${received - doubled} delivered; ${devices - open} subscribers lost`,
      );
    const deliveries = after.received - before.received;
    return {
      perSecond: deliveries / ((after.atMs - before.atMs) / 1000),
      serverMicros: (after.server - before.server) / deliveries,
      redisMicros: (after.redis - before.redis) / deliveries,
      p50Ms: latency.p50Ms,
      p99Ms: latency.p99Ms,
      scriptsPerDelivery: (increase(before.stats, after.stats).get('evalsha') ?? 0) / deliveries,
      sentPerDelivery: Object.values(sent).reduce((sum, n) => sum + n, 0) - (sent['xadd'] ?? 0),
      sent,
    };
  } finally {
    await load.stop();
    await running.stop();
  }
}

async function untilSubscribed(fleet: RemoteFleet, devices: number): Promise<void> {
  for (let tries = 0; (await fleet.report()).subscribed < devices; tries++) {
    if (tries > 500) throw new Error('the subscriptions are not granted');
    await sleep(20);
  }
}

const perDelivery = (commands: Commands, deliveries: number): Record<string, number> =>
  Object.fromEntries(
    [...commands]
      .map(([name, count]) => [name, count / deliveries] as const)
      // Less than one in twenty is what runs beside.
      .filter(([, count]) => count >= 0.05),
  );

const mostCommands = 2.05;

export async function fanout(options: ProgramOptions): Promise<ProgramResult> {
  const names: ServerName[] =
    options.server === undefined ? ['tributary', 'aedes'] : [serverName(options.server)];
  const rounds = options.rounds ?? 3;
  const measured = new Map<ServerName, FanoutMeasurement[]>(names.map((name) => [name, []]));
  const redis = await startRedis();
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const name of round % 2 === 1 ? names : names.toReversed()) {
        const result = await measureFanout(name, redis, options);
        measured.get(name)!.push(result);
        options.say?.(
          `round ${round}  ${name}: ${short(Math.round(result.perSecond))} deliveries/s, ${JSON.stringify(result.sent)}`,
        );
      }
    }
  } finally {
    await redis.stop();
  }
  return report(measured, rounds);
}

function report(measured: Map<ServerName, FanoutMeasurement[]>, rounds: number): ProgramResult {
  const middle = (name: ServerName, key: Exclude<keyof FanoutMeasurement, 'sent'>): number =>
    median(measured.get(name)!.map((each) => each[key]));
  const rows = [...measured.keys()].map((name) => [
    name,
    short(Math.round(middle(name, 'perSecond'))),
    ...(
      ['serverMicros', 'redisMicros', 'p50Ms', 'p99Ms', 'sentPerDelivery', 'scriptsPerDelivery'] as const
    ).map((key) => short(middle(name, key))),
  ]);
  const table = markdownTable(
    [
      '',
      'deliveries/s',
      'server µs',
      'Redis µs',
      'PUBACK p50 ms',
      'p99',
      'commands sent, low rate',
      'EVALSHA, full rate',
    ],
    rows,
  );
  const [ours, theirs] = [measured.get('tributary'), measured.get('aedes')];
  const ratio =
    ours === undefined || theirs === undefined
      ? undefined
      : median(ours.map(({ perSecond }, i) => perSecond / theirs[i]!.perSecond));
  const notes = [
    `Medians of ${rounds} rounds. Everything per delivery; commands without the XADD of the stream, which both send. Aedes keeps its sessions in its own memory and loses them with its process.`,
    ...(ratio === undefined ? [] : [`Tributary delivers ${ratio.toFixed(2)} times what Aedes does.`]),
  ];
  const isGood = ours === undefined || middle('tributary', 'sentPerDelivery') <= mostCommands;
  return {
    markdown: [table, ...notes].join('\n\n'),
    data: { ratio, rounds: Object.fromEntries(measured) },
    isGood,
  };
}
