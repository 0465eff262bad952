import { deviceRecordFields, type DeviceRecord, type Keys, parseDeviceRecord } from '@tributary/backplane';
import type { Redis } from 'ioredis';
import type { FleetIndex } from './fleet-index.ts';

const scanCount = 500;

/**
 * Reads every device record into an empty index: the one walk over the key space, taken when the admin (re)gains Redis
 * and never to answer anybody. @throws when Redis does not answer.
 */
export async function readSnapshot(
  redis: Redis,
  keys: Keys,
  index: FleetIndex,
  signal: AbortSignal,
): Promise<void> {
  let cursor = '0';
  do {
    const [next, found] = await redis.scan(cursor, 'MATCH', keys.devicePattern, 'COUNT', scanCount);
    cursor = next;
    const ids = found.map((key) => deviceIdOf(key, keys)).filter((id): id is string => id !== undefined);
    for (const [id, record] of await readRecords(redis, keys, ids)) index.applyRecord(id, record);
  } while (cursor !== '0' && !signal.aborted);
}

/** The records of these devices, as far as they have one. @throws when Redis does not answer. */
export async function readRecords(
  redis: Redis,
  keys: Keys,
  ids: readonly string[],
): Promise<[id: string, record: DeviceRecord][]> {
  if (ids.length === 0) return [];
  const pipeline = redis.pipeline();
  for (const id of ids) pipeline.hmget(keys.device(keys.partitionOf(id), id), ...deviceRecordFields);
  const replies = (await pipeline.exec()) ?? [];
  const records: [string, DeviceRecord][] = [];
  for (const [i, [error, values]] of replies.entries()) {
    // One record that is no hash is nobody's device; a lost connection fails all and ends the snapshot.
    if (error !== null && error.message.startsWith('WRONGTYPE')) continue;
    if (error !== null) throw error;
    const record = parseDeviceRecord(values as (string | null)[]);
    if (record !== undefined) records.push([ids[i]!, record]);
  }
  return records;
}

/**
 * The client id in a device record's key. The glob of a SCAN also matches other keys of hostile client ids (`x}:device:y`),
 * so the key must be exactly the one this id would have.
 */
function deviceIdOf(key: string, keys: Keys): string | undefined {
  const marker = '}:device:';
  const at = key.indexOf(marker);
  if (at < 0) return undefined;
  const id = key.slice(at + marker.length);
  return keys.device(keys.partitionOf(id), id) === key ? id : undefined;
}
