import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import {
  defaultHistoryLength,
  defaultUplinkMaxLength,
  deviceKeys,
  eventsMaxLength,
} from '../presence/device-keys.ts';
import { runPipeline, scripts } from '../scripts.ts';

const scanCount = 1000;
const reapBatch = 100;

export interface Reaped {
  /** How many claims were ended. */
  readonly ended: number;
  /** Wills fired at once, as entries of their partition's `up`: their fan-out is for the caller. */
  readonly firedWills: readonly { readonly partition: number; readonly entry: string }[];
}

/**
 * Ends every claim a dead node still holds: one `disconnected` (`node-lost`) for each device no other node has taken
 * over since, its will fired or left to its delay. May be repeated: what is ended stays ended.
 * @param now Unix ms for the events
 * @throws the first error there was, after all others of its batch were ended
 */
export async function reapNode(
  redis: Redis,
  keys: Keys,
  node: string,
  now: number,
  recordSeconds: number,
  uplinkMaxLength = defaultUplinkMaxLength,
): Promise<Reaped> {
  let ended = 0;
  const firedWills: { partition: number; entry: string }[] = [];
  for (let p = 0; p < keys.partitions; p++) {
    const held = await claimsOf(redis, keys, p, node);
    for (let from = 0; from < held.length; from += reapBatch) {
      const calls = held.slice(from, from + reapBatch).map((id) => ({
        keys: deviceKeys(keys, p, id),
        values: [id, node, now, eventsMaxLength, recordSeconds, uplinkMaxLength, defaultHistoryLength],
      }));
      for (const reply of await runPipeline(redis, scripts.reap, calls)) {
        if (reply instanceof Error) throw reply;
        const [isEnded, entry] = reply as [number, string];
        ended += isEnded;
        if (entry !== '') firedWills.push({ partition: p, entry });
      }
    }
  }
  return { ended, firedWills };
}

async function claimsOf(redis: Redis, keys: Keys, partition: number, node: string): Promise<string[]> {
  const held: string[] = [];
  const suffix = ` ${node}`;
  let cursor = '0';
  do {
    const [next, fields] = await redis.hscan(keys.online(partition), cursor, 'COUNT', scanCount);
    for (let i = 0; i < fields.length; i += 2) if (fields[i + 1]!.endsWith(suffix)) held.push(fields[i]!);
    cursor = next;
  } while (cursor !== '0');
  return held;
}
