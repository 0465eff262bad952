import { countOf, type Keys } from '@tributary/backplane';
import type { Redis } from 'ioredis';
import { pause } from './feeders/follow.ts';
import type { FleetIndex } from './fleet-index.ts';

const everyMs = 2000;
const batch = 500;

/**
 * Walks the index round and round, 500 devices each 2 s (100,000 within seven minutes), asking Redis what no event tells
 * of: whether the record has expired, how long the session lasts, whether the device sleeps, how many messages wait for it.
 */
export async function prune(redis: Redis, keys: Keys, index: FleetIndex, signal: AbortSignal): Promise<void> {
  let slot = 0;
  for (;;) {
    await pause(everyMs, signal);
    if (signal.aborted) return;
    if (slot >= index.slotsEnd) slot = 0;
    await pruneOnce(redis, keys, index, slot, batch);
    slot += batch;
  }
}

/** Visits `count` slots from `slot` on. @throws when Redis does not answer. */
export async function pruneOnce(
  redis: Redis,
  keys: Keys,
  index: FleetIndex,
  slot: number,
  count: number,
): Promise<void> {
  const visited = [...index.idsFrom(slot, count)].map((id) => ({ id, epoch: index.epochOf(id) }));
  if (visited.length === 0) return;
  const pipeline = redis.pipeline();
  for (const { id } of visited) {
    const partition = keys.partitionOf(id);
    pipeline.hmget(keys.device(partition, id), 'epoch', 'expiry', 'sleepy').xlen(keys.queue(partition, id));
  }
  const replies = (await pipeline.exec()) ?? [];
  for (const [i, { id, epoch }] of visited.entries()) {
    const [error, facts] = replies[2 * i]!;
    if (error !== null && !error.message.startsWith('WRONGTYPE')) throw error;
    // A device that connected while the question was out has another epoch by now, and a record.
    if (index.epochOf(id) !== epoch) continue;
    const [recordEpoch = null, expiry, sleepy] = error === null ? (facts as (string | null)[]) : [];
    if (recordEpoch === null) {
      index.remove(id);
      continue;
    }
    const [wrongType, length] = replies[2 * i + 1]!;
    index.setAside(id, {
      expiry: countOf(expiry ?? ''),
      isSleepy: sleepy === '1',
      backlog: wrongType === null ? Number(length) : 0,
    });
  }
}
