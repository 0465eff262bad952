import type { Keys } from '@tributary/backplane';
import type { Redis } from 'ioredis';
import { pause } from './feeders/follow.ts';
import type { FleetIndex } from './fleet-index.ts';

const everyMs = 2000;
const batch = 500;

/**
 * Forgets devices whose record has expired. No event tells of an expiry, so the index is walked round and round, 500
 * devices each 2 s, asking whether the record still exists: 100,000 devices are visited within seven minutes.
 */
export async function prune(redis: Redis, keys: Keys, index: FleetIndex, signal: AbortSignal): Promise<void> {
  let slot = 0;
  for (;;) {
    await pause(everyMs, signal);
    if (signal.aborted) return;
    if (slot >= index.columns.id.length) slot = 0;
    await pruneOnce(redis, keys, index, slot, batch);
    slot += batch;
  }
}

/** Visits `count` slots from `slot` on. */
export async function pruneOnce(
  redis: Redis,
  keys: Keys,
  index: FleetIndex,
  slot: number,
  count: number,
): Promise<void> {
  const visited = [...index.idsFrom(slot, count)].map((id) => ({ id, epoch: index.epochOf(id) }));
  const replies = await Promise.all(
    visited.map(({ id }) => redis.exists(keys.device(keys.partitionOf(id), id))),
  );
  for (const [i, { id, epoch }] of visited.entries()) {
    // A device that connected while the question was out has another epoch by now, and a record.
    if (replies[i] === 0 && index.epochOf(id) === epoch) index.remove(id);
  }
}
