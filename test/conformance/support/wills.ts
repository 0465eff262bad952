import type { RedisServer } from '../../support/redis.ts';
import { uplinkOf, type UplinkEntry } from '../../support/streams.ts';

/** Wills of a device that were published, as the backend sees them: their uplink entries. */
export const willsOf = async (redis: RedisServer, clientId: string): Promise<UplinkEntry[]> =>
  (await uplinkOf(redis.client, clientId)).filter(({ names }) => names.includes('will'));
