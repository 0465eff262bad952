import {
  claimDevice,
  type DeviceTouch,
  Keys,
  type QualityFacts,
  type QualityTouch,
  releaseDevice,
  touchDevices,
  writeSamples,
} from '@tributary/backplane';
import { Redis } from 'ioredis';
import { redisWork } from './measure/redis-cpu.ts';
import { type PrivateRedis, startRedis } from './measure/redis-server.ts';
import { markdownTable, median, short, type ProgramOptions, type ProgramResult } from './program.ts';

const devices = 2000;
const keys = new Keys('bench', 16);
const node = 'gw-1.aaaaaaaaaaaa';
const ids = Array.from({ length: devices }, (_, i) => `device-${i}`);
const facts: QualityFacts = {
  score: 82,
  band: 'good',
  penalties: { rtt: 8, jitter: 2, loss: 8, flaps: 0, errors: 0, stalls: 0 },
  confidence: 'high',
  rttMs: 140.5,
  jitterMs: 12.1,
  lossRatio: 0.0121,
  sources: { rtt: 'tcp', jitter: 'tcp', loss: 'tcp' },
  zombie: undefined,
  flaps: 0,
};

/** Every write that quality has a part in, once for each device. */
type Write = (redis: Redis) => Promise<unknown>;

const connect: Write = (redis) =>
  Promise.all(
    ids.map((clientId) =>
      claimDevice(redis, keys, {
        ...{ clientId, nonce: 'nonce', node, now: Date.now(), cleanStart: true, sessionExpiry: 0 },
        ...{ protocol: 'mqtt5', transport: 'tcp', listener: 'mqtt', address: '10.0.0.1:50000' },
        ...{ class: 'standard', keepAlive: 60, tags: { site: 'kiel', fw: '1.2.3' } },
      }),
    ),
  );

const disconnect: Write = (redis) =>
  Promise.all(
    ids.map((clientId) =>
      releaseDevice(redis, keys, {
        ...{ clientId, epoch: 0, nonce: 'nonce', now: Date.now(), reason: 'connection-lost', by: 'network' },
        ...{ durationMs: 1, lastSeq: 1, messages: 1, bytes: 1, dropped: 0, unknown: 0, lastSeen: 1 },
        ...{ sessionExpiry: undefined, recordSeconds: 3600, quality: facts },
      }),
    ),
  );

/** As a node does it: those of one partition whose turn it is, together. */
function touch(tell: QualityTouch['tell'] | undefined): Write {
  return async (redis) => {
    const now = Date.now();
    for (let partition = 0; partition < keys.partitions; partition++) {
      const own = ids.filter((id) => keys.partitionOf(id) === partition);
      for (let from = 0; from < own.length; from += 10) {
        const touches = own.slice(from, from + 10).map((clientId): DeviceTouch => ({
          ...{ clientId, nonce: 'nonce', lastSeen: now, messages: 5, bytes: 500 },
          quality: tell === undefined ? undefined : { facts, tell },
        }));
        await touchDevices(redis, keys, partition, node, now, touches);
      }
    }
  };
}

const sample: Write = (redis) =>
  writeSamples(
    redis,
    keys,
    node,
    Date.now(),
    [],
    ids.map((clientId) => ({ clientId, epoch: 1, ...facts })),
  );

const writes: readonly [string, Write][] = [
  ['connect: claim, event, record, timeline', connect],
  ['record, nothing of the link', touch(undefined)],
  ['record', touch('record')],
  ['record and a point of the timeline', touch('point')],
  ['change of band: record, event, timeline', touch({ previousBand: 'fair' })],
  ['sample', sample],
  ['disconnect: event, record, timeline', disconnect],
];

/** CPU µs of Redis for each write of one device, by INFO cpu, and the memory a device takes. */
export async function qualityWrites(options: ProgramOptions): Promise<ProgramResult> {
  const redis = await startRedis();
  const client = new Redis(redis.url);
  try {
    const costs = new Map<string, number[]>(writes.map(([name]) => [name, []]));
    const before = await usedBytes(client);
    for (let round = 0; round < (options.rounds ?? 5); round++) {
      for (const [name, write] of writes) costs.get(name)!.push(await cpuOf(redis, () => write(client)));
    }
    const bytes = ((await usedBytes(client)) - before) / devices;
    const medians = [...costs].map(([name, each]) => [name, median(each)] as const);
    const rows = medians.map(([name, micros]) => [name, short(micros)]);
    const markdown = `${markdownTable(['for one device', 'CPU µs of Redis'], rows)}\n\n${short(bytes)} bytes of Redis for a device with a timeline of ${5 * (options.rounds ?? 5)} lines.`;
    return { markdown, data: { ...Object.fromEntries(medians), bytes }, isGood: true };
  } finally {
    client.disconnect();
    await redis.stop();
  }
}

async function cpuOf(redis: PrivateRedis, work: () => Promise<unknown>): Promise<number> {
  const before = await redisWork(redis);
  await work();
  return ((await redisWork(redis)).cpuMicroseconds - before.cpuMicroseconds) / devices;
}

async function usedBytes(client: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1]);
}
