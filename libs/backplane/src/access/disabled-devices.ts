import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { runScript, scripts } from '../scripts.ts';
import { objectOf, text } from './json-facts.ts';

/** The most devices that may be disabled at a time: every node keeps all of them in memory. */
export const maxDisabled = 10_000;

/** Why a device may not come in until that is taken back. */
export interface Disablement {
  readonly reason: string;
  readonly by: string;
  /** Unix ms. */
  readonly at: number;
}

/**
 * Keeps a device out until `enableDevice`. No log tells of it: each node reads all of them each time.
 * @returns `full` when as many as may be are disabled
 */
export async function disableDevice(
  redis: Redis,
  keys: Keys,
  device: string,
  disablement: Disablement,
): Promise<'put' | 'full'> {
  const values = [device, JSON.stringify(disablement), maxDisabled];
  return (await runScript(redis, scripts.putBounded, [keys.disabledDevices], values)) === 1 ? 'put' : 'full';
}

/** @returns whether it was disabled */
export async function enableDevice(redis: Redis, keys: Keys, device: string): Promise<boolean> {
  return (await redis.hdel(keys.disabledDevices, device)) === 1;
}

/** All that are disabled. What cannot be read keeps its device out all the same. */
export async function listDisabled(redis: Redis, keys: Keys): Promise<Map<string, Disablement>> {
  const all = Object.entries(await redis.hgetall(keys.disabledDevices));
  return new Map(all.map(([device, json]) => [device, parseDisablement(json)]));
}

export async function readDisablement(
  redis: Redis,
  keys: Keys,
  device: string,
): Promise<Disablement | undefined> {
  const json = await redis.hget(keys.disabledDevices, device);
  return json === null ? undefined : parseDisablement(json);
}

function parseDisablement(json: string): Disablement {
  const { reason, by, at } = objectOf(json) ?? {};
  return { reason: text(reason), by: text(by), at: typeof at === 'number' ? at : 0 };
}
