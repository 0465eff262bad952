import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { runScript, scripts } from '../scripts.ts';

/**
 * Adds and removes subscriptions of a session, if `epoch` still speaks for the device.
 * @param added filter → options as JSON
 * @returns `done`, `superseded` when somebody else speaks for the device, `lost` when Redis lost the claim
 */
export async function changeSubscriptions(
  redis: Redis,
  keys: Keys,
  clientId: string,
  epoch: number,
  added: ReadonlyMap<string, string>,
  removed: readonly string[],
): Promise<'done' | 'superseded' | 'lost'> {
  const p = keys.partitionOf(clientId);
  const pairs = [...added].flat();
  const done = await runScript(
    redis,
    scripts.subscribe,
    [keys.online(p), keys.session(p, clientId)],
    [clientId, epoch, added.size, ...pairs, ...removed],
  );
  if (done === 1) return 'done';
  return done === 0 ? 'superseded' : 'lost';
}

/** Sessions looked at in one partition at a time; the rest follow at the next call. */
const expiryBatch = 100;

/**
 * Deletes the sessions of one partition whose time has come by Redis's clock.
 * @returns how many were deleted
 */
export async function expireSessions(redis: Redis, keys: Keys, partition: number): Promise<number> {
  const timers = keys.timers(partition);
  const [seconds] = await redis.time();
  const due = await redis.zrangebyscore(timers, '-inf', Number(seconds) * 1000, 'LIMIT', 0, expiryBatch);
  const deleted = await Promise.all(
    due
      .filter((member) => member.startsWith('expire:'))
      .map((member) => {
        const clientId = member.slice('expire:'.length);
        return runScript(
          redis,
          scripts.expireSession,
          [
            keys.online(partition),
            keys.session(partition, clientId),
            keys.queue(partition, clientId),
            timers,
          ],
          [clientId],
        );
      }),
  );
  return deleted.filter((one) => one === 1).length;
}
