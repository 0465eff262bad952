import { partitionOf } from '@tributary/protocol';
import { Redis } from 'ioredis';
import type { PrivateRedis } from './redis-server.ts';

/** Empties the Redis of a bench, so that each measurement begins alike. */
export async function emptyRedis({ url }: PrivateRedis): Promise<void> {
  const redis = new Redis(url);
  try {
    await redis.flushall('SYNC');
  } finally {
    redis.disconnect();
  }
}

/** Messages in the queues of these client ids. */
export async function queuedMessages(
  { url }: PrivateRedis,
  namespace: string,
  partitions: number,
  clientIds: readonly string[],
): Promise<number> {
  const redis = new Redis(url);
  try {
    const pipeline = redis.pipeline();
    for (const id of clientIds) pipeline.xlen(`${namespace}:{p${partitionOf(id, partitions)}}:queue:${id}`);
    const lengths = (await pipeline.exec()) ?? [];
    return lengths.reduce((sum, [, length]) => sum + Number(length), 0);
  } finally {
    redis.disconnect();
  }
}

/** Entries in all uplink streams (trimmed ones included). */
export async function storedEntries(
  { url }: PrivateRedis,
  namespace: string,
  partitions: number,
): Promise<number> {
  const redis = new Redis(url);
  try {
    let entries = 0;
    for (let partition = 0; partition < partitions; partition++) {
      const info = (await redis
        .call('XINFO', 'STREAM', `${namespace}:{p${partition}}:up`)
        .catch(() => [])) as unknown;
      entries += addedOf(info);
    }
    return entries;
  } finally {
    redis.disconnect();
  }
}

// `entries-added` of XINFO STREAM, which is a flat list on RESP2 and may be an object on RESP3.
function addedOf(info: unknown): number {
  if (Array.isArray(info)) {
    const at = info.indexOf('entries-added');
    return at < 0 ? 0 : Number(info[at + 1]);
  }
  return Number((info as Record<string, unknown> | null)?.['entries-added'] ?? 0);
}
