import { decodeQualitySamples, type QualitySample, readTimelineAfter } from '@tributary/backplane';
import type { Redis } from 'ioredis';
import type { Gateway } from './gateway.ts';
import { keys } from './streams.ts';
import { until, type UntilOptions } from './until.ts';

/** An entry's fields by name. */
export const fieldsOf = (flat: readonly string[]): Record<string, string> => {
  const fields: Record<string, string> = {};
  for (let i = 0; i < flat.length; i += 2) fields[flat[i]!] = flat[i + 1]!;
  return fields;
};

/** What a node has told of the link of a device, oldest first. */
export async function samplesOf(redis: Redis, node: string, device: string): Promise<QualitySample[]> {
  const entries = await redis.xrange(keys.nodeSamples(node), '-', '+');
  return entries
    .flatMap(([, flat]) => decodeQualitySamples(fieldsOf(flat)['quality'] ?? ''))
    .filter(({ clientId }) => clientId === device);
}

/** Waits for a sample of the device that is as asked. */
export async function untilSample(
  redis: Redis,
  gateway: Gateway,
  device: string,
  isRight: (sample: QualitySample) => boolean,
  options: UntilOptions = { deadlineMs: 45_000, everyMs: 200 },
): Promise<QualitySample> {
  let seen: QualitySample[] = [];
  return until(
    () => `a sample of ${device}; the last are ${JSON.stringify(seen.slice(-3))}`,
    async () => {
      seen = await samplesOf(redis, gateway.node, device);
      return seen.find(isRight);
    },
    options,
  );
}

/** The device's record. */
export const recordOf = (redis: Redis, device: string): Promise<Record<string, string>> =>
  redis.hgetall(keys.device(keys.partitionOf(device), device));

/** The device's timeline, oldest first. */
export async function timelineOf(redis: Redis, device: string): Promise<Record<string, string>[]> {
  const lines = await readTimelineAfter(redis, keys, device, 1000, '0-0');
  return lines.map(({ fields }) => Object.fromEntries(fields));
}
