import type { Keys } from '@tributary/backplane';
import type { Redis } from 'ioredis';
import { parseDeviceEvent } from '../device-event.ts';
import type { FleetIndex } from '../fleet-index.ts';
import { type Fields, follow, lastId } from './follow.ts';

/** Where the event streams stand now. Taken before a snapshot, nothing that happens during it is missed. */
export async function notePositions(redis: Redis, keys: Keys): Promise<Map<string, string>> {
  const streams = Array.from({ length: keys.partitions }, (_, partition) => keys.events(partition));
  const ids = await Promise.all(streams.map((stream) => lastId(redis, stream)));
  return new Map(streams.map((stream, i) => [stream, ids[i]!]));
}

/**
 * Keeps the index true to the event streams of all partitions, from the noted positions on. `onEvent` is told of every
 * entry once the index has it.
 */
export function feedPresence(
  redis: Redis,
  positions: Map<string, string>,
  index: FleetIndex,
  onEvent: (entryId: string, fields: Fields) => void,
  signal: AbortSignal,
): Promise<void> {
  return follow(
    redis,
    positions,
    (_stream, id, fields) => {
      const change = parseDeviceEvent(fields);
      if (change?.kind === 'arrival') index.applyArrival(change);
      if (change?.kind === 'departure') index.applyDeparture(change);
      if (change?.kind === 'class') index.applyClass(change);
      if (change?.kind === 'quality') index.applyQualityChange(change);
      onEvent(id, fields);
    },
    signal,
  );
}
