import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { entryMap } from '../records/entry-map.ts';

/** One line of a device's own timeline, as it was written. */
export interface TimelineLine {
  /** `MS-N` by Redis' clock, rising: order and cursor. */
  readonly id: string;
  readonly fields: ReadonlyMap<string, string>;
}

/** Lines of a device's timeline, newest first. @param before only those older than this line */
export async function readTimeline(
  redis: Redis,
  keys: Keys,
  clientId: string,
  count: number,
  before?: string,
): Promise<TimelineLine[]> {
  const lines = await readAll(redis, keys, clientId);
  const older = before === undefined ? lines : lines.filter(({ id }) => compareIds(id, before) < 0);
  return older.slice(0, count);
}

/** Lines that came after one (`0-0`: all of them), oldest first. */
export async function readTimelineAfter(
  redis: Redis,
  keys: Keys,
  clientId: string,
  count: number,
  after: string,
): Promise<TimelineLine[]> {
  const lines = await readAll(redis, keys, clientId);
  return lines
    .filter(({ id }) => compareIds(id, after) > 0)
    .reverse()
    .slice(0, count);
}

/** A line as it stands in Redis: JSON of its id, then of its fields and values. The scripts write the same (`add_line`). */
export function encodeTimelineLine(id: string, fields: Readonly<Record<string, string | number>>): string {
  return JSON.stringify([id, ...Object.entries(fields).flat().map(String)]);
}

// The list is short (`quality.historyLength`): read whole, newest first. What is no line is left out.
async function readAll(redis: Redis, keys: Keys, clientId: string): Promise<TimelineLine[]> {
  const key = keys.history(keys.partitionOf(clientId), clientId);
  return (await redis.lrange(key, 0, -1)).map(readLine).filter((line) => line !== undefined);
}

function readLine(json: string): TimelineLine | undefined {
  try {
    const parts: unknown = JSON.parse(json);
    if (!Array.isArray(parts) || !parts.every((part) => typeof part === 'string')) return undefined;
    const [id = '', ...flat] = parts;
    return idPattern.test(id) ? { id, fields: entryMap(flat) } : undefined;
  } catch {
    return undefined;
  }
}

const idPattern = /^\d{1,16}-\d{1,10}$/;

/** Below 0 when `a` is older than `b`. */
function compareIds(a: string, b: string): number {
  const [aMs = 0, aN = 0] = a.split('-').map(Number);
  const [bMs = 0, bN = 0] = b.split('-').map(Number);
  return aMs - bMs || aN - bN;
}
