import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { decodeMessageRecord, encodeMessageRecord, type StoredMessage } from '../records/message-record.ts';
import { runScript, scripts } from '../scripts.ts';
import { lastLogId } from './logs.ts';

/** What became of a topic's retained message, and the version of the partition's retained messages after it. */
export interface RetainedChange {
  readonly version: number;
  readonly change: 'set' | 'cleared' | 'none';
}

/** Where a topic's retained message is kept. */
export function retainedPartition(keys: Keys, topic: string): number {
  return keys.partitionOf(topic);
}

/** Keeps a message as its topic's retained one, for as long as it lasts; an empty payload removes the one there is. */
export async function setRetained(redis: Redis, keys: Keys, message: StoredMessage): Promise<RetainedChange> {
  if (message.payload.length === 0) return clear(redis, keys, message.topic, false);
  const version = await runScript(redis, scripts.retain, retainedKeys(keys, message.topic), [
    message.topic,
    encodeMessageRecord(message),
    message.expiresAt ?? '',
  ]);
  return { version: version as number, change: 'set' };
}

/** Removes a topic's retained message if its time has come. */
export async function expireRetained(redis: Redis, keys: Keys, topic: string): Promise<RetainedChange> {
  return clear(redis, keys, topic, true);
}

async function clear(redis: Redis, keys: Keys, topic: string, onlyIfDue: boolean): Promise<RetainedChange> {
  const [cleared, version] = (await runScript(redis, scripts.clearRetained, retainedKeys(keys, topic), [
    topic,
    onlyIfDue ? 1 : 0,
  ])) as [number, number];
  return { version, change: cleared === 1 ? 'cleared' : 'none' };
}

function retainedKeys(keys: Keys, topic: string): string[] {
  const p = retainedPartition(keys, topic);
  return [keys.retained(p), keys.retainedLog(p), keys.timers(p)];
}

/**
 * The topics of one partition that have a retained message.
 * @returns `version`: log entries up to it are contained; `logId`: read the log behind it
 */
export async function loadRetainedTopics(
  redis: Redis,
  keys: Keys,
  partition: number,
): Promise<{ version: number; logId: string; topics: string[] }> {
  const logId = await lastLogId(redis, keys.retainedLog(partition));
  const key = keys.retained(partition);
  const [version, topics] = await redis
    .multi()
    .hget(key, '')
    .hkeys(key)
    .exec()
    .then((replies) => {
      const failed = replies?.find(([error]) => error !== null);
      if (replies === null || failed !== undefined) throw failed?.[0] ?? new Error('MULTI was given up');
      return [replies[0]![1] as string | null, replies[1]![1] as string[]] as const;
    });
  return { version: Number(version ?? 0), logId, topics: topics.filter((topic) => topic !== '') };
}

/**
 * The retained messages of these topics, each undefined where there is none, or none any more.
 * @param now Unix ms
 * @throws the first error there was, also of a broken record
 */
export async function readRetained(
  redis: Redis,
  keys: Keys,
  topics: readonly string[],
  now = Date.now(),
): Promise<(StoredMessage | undefined)[]> {
  const byPartition = new Map<number, number[]>();
  for (const [i, topic] of topics.entries()) {
    const p = retainedPartition(keys, topic);
    const there = byPartition.get(p);
    if (there === undefined) byPartition.set(p, [i]);
    else there.push(i);
  }
  const groups = [...byPartition];
  const pipeline = redis.pipeline();
  for (const [p, indexes] of groups) {
    pipeline.hmgetBuffer(keys.retained(p), ...indexes.map((i) => topics[i]!));
  }
  const replies = (await pipeline.exec()) ?? [];
  const found: (StoredMessage | undefined)[] = topics.map(() => undefined);
  for (const [at, [error, records]] of replies.entries()) {
    if (error !== null) throw error;
    for (const [j, record] of (records as (Buffer | null)[]).entries()) {
      if (record === null) continue;
      const message = decodeMessageRecord(record);
      if (message.expiresAt === undefined || message.expiresAt > now) found[groups[at]![1][j]!] = message;
    }
  }
  return found;
}
