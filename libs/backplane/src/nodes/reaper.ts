import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { eventsMaxLength } from '../presence/claims.ts';
import { runScript, scripts } from '../scripts.ts';

const scanCount = 1000;
const reapBatch = 100;

/**
 * Ends every claim a dead node still holds: one `disconnected` (`node-lost`) for each device no other node has taken
 * over since. May be repeated: what is ended stays ended.
 * @param now Unix ms for the events
 * @returns how many claims were ended
 */
export async function reapNode(
  redis: Redis,
  keys: Keys,
  node: string,
  now: number,
  recordSeconds: number,
): Promise<number> {
  let ended = 0;
  for (let p = 0; p < keys.partitions; p++) {
    const held = await claimsOf(redis, keys, p, node);
    for (let from = 0; from < held.length; from += reapBatch) {
      const ids = held.slice(from, from + reapBatch);
      const deviceKeys = ids.flatMap((id) => [keys.session(p, id), keys.queue(p, id), keys.device(p, id)]);
      ended += (await runScript(
        redis,
        scripts.reap,
        [keys.online(p), keys.events(p), keys.timers(p), ...deviceKeys],
        [node, now, eventsMaxLength, recordSeconds, ...ids],
      )) as number;
    }
  }
  return ended;
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
