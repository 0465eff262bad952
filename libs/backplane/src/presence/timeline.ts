import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { entryMap } from '../operations/entry-map.ts';

/** One line of a device's own timeline, as it was written. */
export interface TimelineLine {
  /** Of the stream's entry: order and cursor. */
  readonly id: string;
  readonly fields: ReadonlyMap<string, string>;
}

/** Lines of a device's timeline, newest first. @param before only those older than this entry */
export async function readTimeline(
  redis: Redis,
  keys: Keys,
  clientId: string,
  count: number,
  before?: string,
): Promise<TimelineLine[]> {
  const key = keys.history(keys.partitionOf(clientId), clientId);
  const entries = await redis.xrevrange(key, before === undefined ? '+' : `(${before}`, '-', 'COUNT', count);
  return entries.map(([id, flat]) => ({ id, fields: entryMap(flat) }));
}

/** Lines that came after an entry (`0-0`: all of them), oldest first. */
export async function readTimelineAfter(
  redis: Redis,
  keys: Keys,
  clientId: string,
  count: number,
  after: string,
): Promise<TimelineLine[]> {
  const key = keys.history(keys.partitionOf(clientId), clientId);
  const entries = await redis.xrange(key, `(${after}`, '+', 'COUNT', count);
  return entries.map(([id, flat]) => ({ id, fields: entryMap(flat) }));
}
