import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { uplinkEntryToMessage } from '../records/entry-fields.ts';
import type { StoredMessage } from '../records/message-record.ts';
import { runScript, runScriptBuffer, scripts } from '../scripts.ts';
import { deviceKeys, eventsMaxLength } from './device-keys.ts';

/**
 * Something whose time has come. `id`: client id of a session that ends (`expire`) or of a delayed will (`will`), entry
 * of a fired will that nobody routed yet (`route`), topic of a retained message that expires (`retained`).
 */
export interface DueTimer {
  readonly kind: 'expire' | 'will' | 'route' | 'retained';
  readonly id: string;
}

const kinds: readonly string[] = ['expire', 'will', 'route', 'retained'] satisfies DueTimer['kind'][];

/** How long a fan-out that was taken over is left to its taker. */
const routingLeaseMs = 10_000;

/** Timers of a partition that are due by Redis's clock, the oldest first. They stay until what they ask for is done. */
export async function dueTimers(
  redis: Redis,
  keys: Keys,
  partition: number,
  limit: number,
): Promise<DueTimer[]> {
  const due = (await runScript(redis, scripts.dueTimers, [keys.timers(partition)], [limit])) as string[];
  return due.flatMap((member) => {
    const colon = member.indexOf(':');
    const kind = member.slice(0, colon);
    return kinds.includes(kind) ? [{ kind: kind as DueTimer['kind'], id: member.slice(colon + 1) }] : [];
  });
}

/**
 * Ends a session whose time has come, with its queue and its routes; a will that is still pending is fired before.
 * Does nothing when the device is back or the time was moved.
 * @returns `firedWill`: its entry in `up`, to be routed by the caller
 */
export async function expireSession(
  redis: Redis,
  keys: Keys,
  partition: number,
  clientId: string,
  uplinkMaxLength: number,
): Promise<{ expired: boolean; firedWill?: string }> {
  const [expired, fired] = (await runScript(
    redis,
    scripts.expireSession,
    deviceKeys(keys, partition, clientId),
    [clientId, uplinkMaxLength, eventsMaxLength],
  )) as [number, string];
  return { expired: expired === 1, ...(fired === '' ? {} : { firedWill: fired }) };
}

/**
 * Fires a will whose delay has passed.
 * @returns its entry in `up`, to be routed by the caller; nothing when the device is back or the will is gone
 */
export async function fireDelayedWill(
  redis: Redis,
  keys: Keys,
  partition: number,
  clientId: string,
  uplinkMaxLength: number,
): Promise<string | undefined> {
  const fired = (await runScript(redis, scripts.fireDelayedWill, deviceKeys(keys, partition, clientId), [
    clientId,
    uplinkMaxLength,
    eventsMaxLength,
  ])) as string;
  return fired === '' ? undefined : fired;
}

/**
 * Takes over the fan-out of a fired will for 10 s, when it is due: whoever fired it did not finish.
 * @returns the message; nothing when somebody else has it, or it is done, or `up` no longer holds it
 */
export async function takeRouting(
  redis: Redis,
  keys: Keys,
  partition: number,
  entry: string,
): Promise<StoredMessage | undefined> {
  const fields = (await runScriptBuffer(
    redis,
    scripts.takeRouting,
    [keys.timers(partition), keys.uplink(partition)],
    [entry, routingLeaseMs],
  )) as Buffer[] | null;
  return fields === null ? undefined : uplinkEntryToMessage(fields);
}

/** The fan-out of a fired will is done: nobody takes it over any more. */
export async function finishRouting(
  redis: Redis,
  keys: Keys,
  partition: number,
  entry: string,
): Promise<void> {
  await redis.zrem(keys.timers(partition), `route:${entry}`);
}

/** The message of a will that the caller's claim or release fired; nothing when `up` no longer holds it. */
export async function readFiredWill(
  redis: Redis,
  keys: Keys,
  partition: number,
  entry: string,
): Promise<StoredMessage | undefined> {
  const found = await redis.xrangeBuffer(keys.uplink(partition), entry, entry);
  return found[0] === undefined ? undefined : uplinkEntryToMessage(found[0][1]);
}
