import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { wholeNumber } from '../records/entry-map.ts';

/** What a device that was here may show in place of its credentials, as Redis has it. */
export interface ResumeKey {
  /** Its X25519 public key, 32 bytes. */
  readonly key: Buffer;
  /** Of the connection it was registered or last used for. */
  readonly epoch: number;
  /** The one the device came back with: the answer that told it of `epoch` may be lost. 0: none. */
  readonly previousEpoch: number;
  /** When the device showed its credentials, Unix ms. */
  readonly provenAt: number;
  /** Who it was then, as JSON. */
  readonly identity: string;
}

/** Longest identity that is kept, bytes: claims of a token may be anything. */
export const maxResumeIdentityBytes = 4096;

/**
 * Keeps the key of a device in place of an earlier one, until `until` (Unix ms).
 * @throws RangeError when its identity is too long
 */
export async function putResumeKey(
  redis: Redis,
  keys: Keys,
  clientId: string,
  { key, epoch, previousEpoch, provenAt, identity }: ResumeKey,
  until: number,
): Promise<void> {
  if (Buffer.byteLength(identity) > maxResumeIdentityBytes)
    throw new RangeError('an identity too long to keep');
  const name = keys.resume(keys.partitionOf(clientId), clientId);
  const fields = { key: key.toString('base64'), epoch, previousEpoch, provenAt, identity };
  const replies = await redis.multi().hset(name, fields).pexpireat(name, Math.floor(until)).exec();
  for (const [error] of replies ?? []) if (error !== null) throw error;
}

/**
 * The key a device registered, and the epoch of its newest connection, whoever that was; undefined where there is none, or one
 * that cannot be read.
 */
export async function readResumeKey(
  redis: Redis,
  keys: Keys,
  clientId: string,
): Promise<(ResumeKey & { readonly newestEpoch: number }) | undefined> {
  const partition = keys.partitionOf(clientId);
  const [hash, newest] = await Promise.all([
    redis.hgetall(keys.resume(partition, clientId)),
    redis.hget(keys.device(partition, clientId), 'epoch'),
  ]);
  const key = Buffer.from(hash.key ?? '', 'base64');
  const [epoch, previousEpoch, provenAt] = [hash.epoch, hash.previousEpoch, hash.provenAt].map(wholeNumber);
  const newestEpoch = wholeNumber(newest ?? undefined);
  if (key.length !== 32 || epoch === undefined || previousEpoch === undefined) return undefined;
  if (provenAt === undefined || newestEpoch === undefined || hash.identity === undefined) return undefined;
  return { key, epoch, previousEpoch, provenAt, identity: hash.identity, newestEpoch };
}

/** Forgets the key of a device: it has to show its credentials again. */
export async function dropResumeKey(redis: Redis, keys: Keys, clientId: string): Promise<void> {
  await redis.unlink(keys.resume(keys.partitionOf(clientId), clientId));
}
