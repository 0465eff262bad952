import type { RedisServer } from '../../support/redis.ts';
import { eventsOf, uplinkOf, type UplinkEntry } from '../../support/streams.ts';
import { until } from '../../support/until.ts';

/**
 * Waits until the server has done everything it does when a device goes: the event `disconnected` of its latest
 * connection stands in Redis.
 */
export async function untilOffline(redis: RedisServer, clientId: string): Promise<void> {
  await until(`${clientId} to be offline`, async () => {
    const events = await eventsOf(redis.client, clientId);
    return (
      events.findLast(({ type }) => type === 'connected' || type === 'disconnected')?.type === 'disconnected'
    );
  });
}

/** Wills of a device that were published, as the backend sees them: their uplink entries. */
export const willsOf = async (redis: RedisServer, clientId: string): Promise<UplinkEntry[]> =>
  (await uplinkOf(redis.client, clientId)).filter(({ names }) => names.includes('will'));
