import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';

const statsMaxLength = 600;
const samplesMaxLength = 2000;
const samplesPerEntry = 500;

/** One device's figures of its current epoch. */
export type DeviceSample = readonly [
  clientId: string,
  epoch: number,
  messages: number,
  bytes: number,
  lastSeen: number,
];

/** Writes a node's figures of this second. */
export async function writeStats(
  redis: Redis,
  keys: Keys,
  node: string,
  figures: Readonly<Record<string, number>>,
): Promise<void> {
  const fields = Object.entries(figures).flat().map(String);
  await redis.xadd(keys.nodeStats(node), 'MAXLEN', '~', statsMaxLength, '*', ...fields);
}

/** Writes the figures of the devices that moved, a few hundred to an entry. */
export async function writeSamples(
  redis: Redis,
  keys: Keys,
  node: string,
  now: number,
  samples: readonly DeviceSample[],
): Promise<void> {
  const pipeline = redis.pipeline();
  for (let from = 0; from < samples.length; from += samplesPerEntry) {
    const devices = JSON.stringify(samples.slice(from, from + samplesPerEntry));
    pipeline.xadd(
      keys.nodeSamples(node),
      'MAXLEN',
      '~',
      samplesMaxLength,
      '*',
      'ts',
      now,
      'devices',
      devices,
    );
  }
  await pipeline.exec();
}
