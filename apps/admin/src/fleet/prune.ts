import { countOf, type Keys } from '@tributary/backplane';
import type { Redis } from 'ioredis';
import { pause } from './feeders/follow.ts';
import type { FleetIndex } from './fleet-index.ts';
import { readRecords } from './snapshot.ts';

const everyMs = 2000;
const batch = 500;

/**
 * Walks the index round and round, 500 devices each 2 s (100,000 within seven minutes), asking Redis what no event tells
 * of: whether the record has expired, how long the session lasts, whether the device sleeps, how many messages wait for it.
 * What an event should have told and did not, because its stream was trimmed before it was read or Redis lost what it
 * knew, is put right on the way.
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
  const visited = [...index.idsFrom(slot, count)].map((id) => knownOf(index, id));
  const found = await factsOf(redis, keys, visited);
  const wrong: string[] = [];
  for (const [i, known] of visited.entries()) {
    const facts = found[i];
    // What came by an event while the question was out is newer than the answer.
    if (!isStill(index, known)) continue;
    if (facts === undefined) {
      index.remove(known.id);
      continue;
    }
    if (facts.epoch !== known.epoch || facts.isOnline !== known.isOnline) wrong.push(known.id);
    index.setAside(known.id, facts);
  }
  await putRight(redis, keys, index, wrong);
}

interface Facts {
  epoch: number;
  isOnline: boolean;
  expiry: number;
  isSleepy: boolean;
  backlog: number;
}

/** For each of them what its record and its queue say now; undefined where there is no record. */
async function factsOf(
  redis: Redis,
  keys: Keys,
  visited: readonly Known[],
): Promise<readonly (Facts | undefined)[]> {
  if (visited.length === 0) return [];
  const pipeline = redis.pipeline();
  for (const { id } of visited) {
    const partition = keys.partitionOf(id);
    const record = keys.device(partition, id);
    pipeline.hmget(record, 'epoch', 'state', 'expiry', 'sleepy').xlen(keys.queue(partition, id));
  }
  const replies = (await pipeline.exec()) ?? [];
  return visited.map((_, i) => {
    const [error, fields] = replies[2 * i]!;
    const [noQueue, length] = replies[2 * i + 1]!;
    if (error !== null && !error.message.startsWith('WRONGTYPE')) throw error;
    const [epoch = null, state, expiry, sleepy] = error === null ? (fields as (string | null)[]) : [];
    if (epoch === null) return undefined;
    return {
      epoch: Number(epoch),
      isOnline: state === 'online',
      expiry: countOf(expiry ?? ''),
      isSleepy: sleepy === '1',
      backlog: noQueue === null ? Number(length) : 0,
    };
  });
}

/** Takes the records for true, unless an event says more meanwhile. */
async function putRight(redis: Redis, keys: Keys, index: FleetIndex, ids: readonly string[]): Promise<void> {
  const known = new Map(ids.map((id) => [id, knownOf(index, id)]));
  for (const [id, record] of await readRecords(redis, keys, ids)) {
    if (!isStill(index, known.get(id)!)) continue;
    // Epochs only grow, but in a Redis that lost what it knew.
    if (record.epoch < index.epochOf(id)) index.remove(id);
    index.applyRecord(id, record);
  }
}

interface Known {
  readonly id: string;
  readonly epoch: number;
  readonly isOnline: boolean;
}

const knownOf = (index: FleetIndex, id: string): Known => ({
  id,
  epoch: index.epochOf(id),
  isOnline: index.isOnline(id),
});

const isStill = (index: FleetIndex, { id, epoch, isOnline }: Known): boolean =>
  index.epochOf(id) === epoch && index.isOnline(id) === isOnline;
