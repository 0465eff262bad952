import { setTimeout as sleep } from 'node:timers/promises';
import { FleetProcess } from '../load/index.ts';
import { cpuMicroseconds, rssBytes } from './measure/process-stats.ts';
import { redisWork } from './measure/redis-cpu.ts';
import { startRedis } from './measure/redis-server.ts';
import { startServer } from './measure/servers.ts';
import { markdownTable, median, short, type ProgramOptions, type ProgramResult } from './program.ts';

/** What a second cost while connected devices did nothing but live. */
interface Cost {
  /** Of one core. */
  nodePercent: number;
  redisPercent: number;
  redisCommands: number;
  rssMegabytes: number;
}

interface Round {
  measured: Cost;
  plain: Cost;
}

const mostNodePercent = 2;
const mostRedisPercent = 5;
/**
 * Until the storm of the connects is over, every device was found in its band, its record says so, and the garbage
 * collector has shrunk the heap to what lives: for a minute and a half it works on what the connects left.
 */
const settleMs = 120_000;
/** A minute, in which every device is told of once. */
const defaultSeconds = 60;

/** The same devices, connected to a node that measures their links and to one that does not, in turn. */
export async function measureQuality(options: ProgramOptions): Promise<Round[]> {
  const rounds: Round[] = [];
  for (let round = 1; round <= (options.rounds ?? 3); round++) {
    const plain = await costOf(false, options);
    const measured = await costOf(true, options);
    rounds.push({ measured, plain });
    options.say?.(
      `round ${round}: node ${short(measured.nodePercent)} % of a core, ${short(plain.nodePercent)} % without`,
    );
  }
  return rounds;
}

async function costOf(enabled: boolean, options: ProgramOptions): Promise<Cost> {
  const redis = await startRedis();
  const load = new FleetProcess();
  let server: Awaited<ReturnType<typeof startServer>> | undefined;
  try {
    server = await startServer('tributary', redis, { quality: { enabled } });
    const transport = options.only === 'ws' ? 'ws' : 'tcp';
    const fleet = await load.fleet({
      endpoint: { host: '127.0.0.1', port: server.ports[transport === 'ws' ? 'ws' : 'mqtt']!, transport },
      protocol: 'mqtt5',
      devices: options.devices ?? 10_000,
      qos: 1,
      maxSeconds: 600,
    });
    await fleet.connect({ perSecond: 1000, timeoutMs: 120_000 });
    await sleep(settleMs);
    const cost = await during(server.pid, redis, (options.seconds ?? defaultSeconds) * 1000);
    await fleet.end({ abrupt: true });
    return cost;
  } finally {
    await load.stop();
    await server?.stop();
    await redis.stop();
  }
}

async function during(pid: number, redis: Awaited<ReturnType<typeof startRedis>>, ms: number): Promise<Cost> {
  const before = { node: cpuMicroseconds(pid), redis: await redisWork(redis), at: performance.now() };
  await sleep(ms);
  const after = { node: cpuMicroseconds(pid), redis: await redisWork(redis), at: performance.now() };
  const microseconds = (after.at - before.at) * 1000;
  const percent = (used: number): number => (used / microseconds) * 100;
  return {
    nodePercent: percent(after.node - before.node),
    redisPercent: percent(after.redis.cpuMicroseconds - before.redis.cpuMicroseconds),
    redisCommands: ((after.redis.commands - before.redis.commands) / microseconds) * 1e6,
    rssMegabytes: rssBytes(pid) / 2 ** 20,
  };
}

/** Node and Redis with and without, and what is left between the two. */
export async function quality(options: ProgramOptions): Promise<ProgramResult> {
  const rounds = await measureQuality(options);
  const middle = (figure: (round: Round) => number): number => median(rounds.map(figure));
  const row = (name: string, figure: (cost: Cost) => number): string[] => [
    name,
    short(middle(({ measured }) => figure(measured))),
    short(middle(({ plain }) => figure(plain))),
    short(middle(({ measured, plain }) => figure(measured) - figure(plain))),
  ];
  const nodePercent = middle(({ measured, plain }) => measured.nodePercent - plain.nodePercent);
  const redisPercent = middle(({ measured }) => measured.redisPercent);
  const devices = options.devices ?? 10_000;
  const table = markdownTable(
    [
      `${devices} idle devices, ${options.only === 'ws' ? 'WebSocket' : 'TCP'}`,
      'measured',
      'not measured',
      'difference',
    ],
    [
      row('node, % of a core', ({ nodePercent: percent }) => percent),
      row('Redis, % of a core', ({ redisPercent: percent }) => percent),
      row('commands of Redis a second', ({ redisCommands }) => redisCommands),
      row('node, MB', ({ rssMegabytes }) => rssMegabytes),
    ],
  );
  const isGood = nodePercent < mostNodePercent && redisPercent < mostRedisPercent;
  const verdict = `Measuring costs ${short(nodePercent)} % of a core (bound: ${mostNodePercent} %); Redis is ${short(redisPercent)} % busy with all of it (bound: ${mostRedisPercent} %).`;
  return { markdown: `${table}\n\n${verdict}`, data: rounds, isGood };
}
