import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { encodeQualitySamples, type QualitySample } from './quality-samples.ts';

const statsMaxLength = 600;
const samplesMaxLength = 500;
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
  figures: Readonly<Record<string, number | string>>,
): Promise<void> {
  const fields = Object.entries(figures).flat().map(String);
  await redis.xadd(keys.nodeStats(node), 'MAXLEN', '~', statsMaxLength, '*', ...fields);
}

/** Writes the figures of the devices that moved, and the quality of those whose changed, a few hundred to an entry. */
export async function writeSamples(
  redis: Redis,
  keys: Keys,
  node: string,
  now: number,
  samples: readonly DeviceSample[],
  quality: readonly QualitySample[] = [],
): Promise<void> {
  const pipeline = redis.pipeline();
  const add = (...fields: string[]): void => {
    pipeline.xadd(keys.nodeSamples(node), 'MAXLEN', '~', samplesMaxLength, '*', 'ts', now, ...fields);
  };
  for (let from = 0; from < Math.max(samples.length, quality.length); from += samplesPerEntry) {
    const devices = samples.slice(from, from + samplesPerEntry);
    const links = quality.slice(from, from + samplesPerEntry);
    add(
      'devices',
      JSON.stringify(devices),
      ...(links.length > 0 ? ['quality', encodeQualitySamples(links)] : []),
    );
  }
  await pipeline.exec();
}
