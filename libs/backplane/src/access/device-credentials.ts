import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { runScript, scripts } from '../scripts.ts';

/** The most credentials of one partition. */
export const maxCredentials = 100_000;
/** The most devices that may be disabled at a time: every node keeps all of them in memory. */
export const maxDisabled = 10_000;
/** Changes a node can catch up with, about; whoever is further behind looks at everything. */
const logLength = 10_000;
const maxTextLength = 256;

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

/** Why a device may not come in until that is taken back. */
export interface Disablement {
  readonly reason: string;
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
  const hash = keys.credentials(keys.partitionOf(device));
  const values = [device, JSON.stringify(credential), maxCredentials];
  if ((await runScript(redis, scripts.putBounded, [hash], values)) !== 1) return 'full';
  await noteChange(redis, keys, device);
  return 'put';
}

/** @returns whether there was one */
export async function removeCredential(redis: Redis, keys: Keys, device: string): Promise<boolean> {
  const removed = await redis.hdel(keys.credentials(keys.partitionOf(device)), device);
  // Also when it was gone: who tries again may have lost the note of the first time.
  await noteChange(redis, keys, device);
  return removed === 1;
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

/** Keeps a device out until `enableDevice`. @returns `full` when as many as may be are disabled */
export async function disableDevice(
  redis: Redis,
  keys: Keys,
  device: string,
  disablement: Disablement,
): Promise<'put' | 'full'> {
  const values = [device, JSON.stringify(disablement), maxDisabled];
  if ((await runScript(redis, scripts.putBounded, [keys.disabledDevices], values)) !== 1) return 'full';
  await noteChange(redis, keys, device);
  return 'put';
}

/** @returns whether it was disabled */
export async function enableDevice(redis: Redis, keys: Keys, device: string): Promise<boolean> {
  const removed = await redis.hdel(keys.disabledDevices, device);
  await noteChange(redis, keys, device);
  return removed === 1;
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

/** What changed since a reader looked last. */
export interface CredentialChanges {
  readonly devices: readonly string[];
  /** To go on from. */
  readonly last: string;
  /** Some changes have left the log unread: anything may have changed. */
  readonly hasGap: boolean;
}

/** Where the log ends now: for who begins to follow it. */
export async function lastCredentialChange(redis: Redis, keys: Keys): Promise<string> {
  const [newest] = await redis.xrevrange(keys.credentialsLog, '+', '-', 'COUNT', 1);
  return newest?.[0] ?? '0-0';
}

export async function readCredentialChanges(
  redis: Redis,
  keys: Keys,
  after: string,
): Promise<CredentialChanges> {
  const [oldest] = await redis.xrange(keys.credentialsLog, '-', '+', 'COUNT', 1);
  const entries = await redis.xrange(keys.credentialsLog, `(${after}`, '+');
  const devices = entries.flatMap(([, [, device = '']]) => (device === '' ? [] : [device]));
  // The entry read last has been trimmed, and so perhaps what stood behind it.
  const hasGap =
    oldest !== undefined && after !== '0-0' && isBefore(after, oldest[0]) && entries[0]?.[0] === oldest[0];
  return { devices, last: entries.at(-1)?.[0] ?? after, hasGap };
}

async function noteChange(redis: Redis, keys: Keys, device: string): Promise<void> {
  await redis.xadd(keys.credentialsLog, 'MAXLEN', '~', logLength, '*', 'device', device);
}

function isBefore(a: string, b: string): boolean {
  const [aMs = 0, aSeq = 0] = a.split('-').map(Number);
  const [bMs = 0, bSeq = 0] = b.split('-').map(Number);
  return aMs < bMs || (aMs === bMs && aSeq < bSeq);
}

/** Undefined for what nobody could come in with. */
function parseCredential(json: string): DeviceCredential | undefined {
  const fields = objectOf(json);
  const { id, digest, spki, at } = fields ?? {};
  if (typeof id !== 'string' || id === '' || (typeof digest !== 'string' && typeof spki !== 'string'))
    return undefined;
  return {
    id,
    digest: typeof digest === 'string' ? digest : undefined,
    spki: typeof spki === 'string' ? spki : undefined,
    label: text(fields?.['label']),
    by: text(fields?.['by']),
    at: typeof at === 'number' ? at : 0,
  };
}

function parseDisablement(json: string): Disablement {
  const { reason, by, at } = objectOf(json) ?? {};
  return { reason: text(reason), by: text(by), at: typeof at === 'number' ? at : 0 };
}

function objectOf(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, maxTextLength) : '');
