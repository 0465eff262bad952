import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { runScript, scripts } from '../scripts.ts';
import { objectOf, text } from './json-facts.ts';

/** The most credentials of one partition. */
export const maxCredentials = 100_000;
/** Changes of a partition a node can catch up with, about; whoever is further behind looks at everything. */
const logLength = 10_000;

/** What a device has to show: a secret, a key, or both. */
export interface DeviceCredential {
  /** Random, another one with each secret: tells whether somebody came in with the one that is in force. */
  readonly id: string;
  /** SHA-256 of the secret, base64url; undefined when its certificate alone is asked for. */
  readonly digest: string | undefined;
  /** SHA-256 of the SubjectPublicKeyInfo its certificate must have, base64; undefined when none is asked for. */
  readonly spki: string | undefined;
  readonly label: string;
  readonly by: string;
  /** Unix ms. */
  readonly at: number;
}

/** @returns `full` when there are as many as may be */
export async function putCredential(
  redis: Redis,
  keys: Keys,
  device: string,
  credential: DeviceCredential,
): Promise<'put' | 'full'> {
  const values = [device, JSON.stringify(credential), maxCredentials, logLength];
  const reply = await runScript(redis, scripts.putCredential, changedBy(keys, device), values);
  return reply === 1 ? 'put' : 'full';
}

/** @returns whether there was one */
export async function removeCredential(redis: Redis, keys: Keys, device: string): Promise<boolean> {
  const values = [device, logLength];
  return (await runScript(redis, scripts.removeCredential, changedBy(keys, device), values)) === 1;
}

/** What a change of the credential of a device writes: the credentials, and the log of their changes. */
function changedBy(keys: Keys, device: string): string[] {
  const partition = keys.partitionOf(device);
  return [keys.credentials(partition), keys.credentialsLog(partition)];
}

/** One round trip. */
export async function readCredential(
  redis: Redis,
  keys: Keys,
  device: string,
): Promise<DeviceCredential | undefined> {
  const json = await redis.hget(keys.credentials(keys.partitionOf(device)), device);
  return json === null ? undefined : parseCredential(json);
}

/** Those of many devices, in their order; one round trip. */
export async function readCredentials(
  redis: Redis,
  keys: Keys,
  devices: readonly string[],
): Promise<(DeviceCredential | undefined)[]> {
  const pipeline = redis.pipeline();
  for (const device of devices) pipeline.hget(keys.credentials(keys.partitionOf(device)), device);
  return ((await pipeline.exec()) ?? []).map(([error, json]) => {
    if (error !== null) throw error;
    return json === null ? undefined : parseCredential(json as string);
  });
}

/** Some of them, `limit` at the most, in no order, and how many there are. */
export async function listCredentials(
  redis: Redis,
  keys: Keys,
  limit: number,
): Promise<{ items: [device: string, credential: DeviceCredential][]; total: number }> {
  const items: [string, DeviceCredential][] = [];
  let total = 0;
  for (let partition = 0; partition < keys.partitions; partition++) {
    const hash = keys.credentials(partition);
    total += await redis.hlen(hash);
    let cursor = '0';
    do {
      if (items.length >= limit) break;
      const [next, found] = await redis.hscan(hash, cursor, 'COUNT', 200);
      cursor = next;
      for (let i = 0; i + 1 < found.length; i += 2) {
        const credential = parseCredential(found[i + 1]!);
        if (credential !== undefined) items.push([found[i]!, credential]);
      }
    } while (cursor !== '0');
  }
  return { items: items.slice(0, limit), total };
}

/** Undefined for what nobody could come in with. */
function parseCredential(json: string): DeviceCredential | undefined {
  const { id, digest, spki, at, label, by } = objectOf(json) ?? {};
  if (typeof id !== 'string' || id === '' || (typeof digest !== 'string' && typeof spki !== 'string'))
    return undefined;
  return {
    id,
    digest: typeof digest === 'string' ? digest : undefined,
    spki: typeof spki === 'string' ? spki : undefined,
    label: text(label),
    by: text(by),
    at: typeof at === 'number' ? at : 0,
  };
}
