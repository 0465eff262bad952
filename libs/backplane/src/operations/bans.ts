import type { Redis } from 'ioredis';
import { formatBanTarget, parseBanTarget } from '@tributary/protocol';
import type { Keys } from '../keys.ts';
import { runScript, scripts } from '../scripts.ts';

/** The most bans there may be at a time: every node keeps all of them in memory. */
export const maxBans = 10_000;
/** The most there may be for another one that a node makes by itself: the rest is for operators, whatever floods the fleet. */
export const maxAutomaticBans = 9000;
const maxTextLength = 256;

/** Authors of bans that nodes make by themselves. */
export const automaticBans = {
  flapping: 'auto:flapping',
  failedAuthentications: 'auto:failed-authentications',
} as const;

/** Whether a node made it, and no operator. No operator's name has a colon. */
export const isAutomatic = ({ by }: Pick<Ban, 'by'>): boolean => by.startsWith('auto:');

/** Who is kept out, until when, and who says so. */
export interface Ban {
  /** As `parseBanTarget` reads it, in its one spelling. */
  readonly target: string;
  /** Unix ms. */
  readonly until: number;
  readonly reason: string;
  readonly by: string;
  /** Unix ms. */
  readonly at: number;
  /** How many there were in a row of the same target, this one included; only of those that nodes make. */
  readonly strikes?: number | undefined;
}

/**
 * Writes a ban, or the same ban anew.
 * @returns `full` when there are as many as may be
 */
export async function putBan(redis: Redis, keys: Keys, ban: Ban): Promise<'put' | 'full'> {
  const { target, ...rest } = ban;
  const reply = await runScript(
    redis,
    scripts.putBounded,
    [keys.bans],
    [target, JSON.stringify(rest), maxBans],
  );
  return reply === 1 ? 'put' : 'full';
}

/**
 * Writes a ban that a node makes by itself, unless there is one of the target that lasts as long.
 * @returns `full` when there are as many as may be, `kept` when the other one stays
 */
export async function putAutomaticBan(redis: Redis, keys: Keys, ban: Ban): Promise<'put' | 'full' | 'kept'> {
  const { target, ...rest } = ban;
  const values = [target, JSON.stringify(rest), maxAutomaticBans, ban.until];
  const reply = await runScript(redis, scripts.putLongerBan, [keys.bans], values);
  if (reply === 2) return 'kept';
  return reply === 1 ? 'put' : 'full';
}

/** @returns whether there was one */
export async function removeBan(redis: Redis, keys: Keys, target: string): Promise<boolean> {
  return (await redis.hdel(keys.bans, target)) === 1;
}

/** The ban of exactly this target, if it is in force at `now` (Unix ms). */
export async function readBan(
  redis: Redis,
  keys: Keys,
  target: string,
  now: number,
): Promise<Ban | undefined> {
  const json = await redis.hget(keys.bans, target);
  const ban = json === null ? undefined : parseBan(target, json);
  return ban !== undefined && ban.until > now ? ban : undefined;
}

/** The bans in force at `now` (Unix ms). Those that are over, or no bans at all, are removed on the way. */
export async function listBans(redis: Redis, keys: Keys, now: number): Promise<Ban[]> {
  const all = Object.entries(await redis.hgetall(keys.bans));
  const inForce: Ban[] = [];
  const over: Over[] = [];
  for (const [target, json] of all) {
    const ban = parseBan(target, json);
    if (ban !== undefined && ban.until > now) inForce.push(ban);
    else over.push({ target, json, until: ban?.until ?? 0 });
  }
  if (over.length > 0) await forget(redis, keys, over);
  return inForce;
}

interface Over {
  readonly target: string;
  readonly json: string;
  /** Unix ms. */
  readonly until: number;
}

/** Removes those that are over by Redis' clock too: one process whose clock is ahead must not lift them for all. */
async function forget(redis: Redis, keys: Keys, over: readonly Over[]): Promise<void> {
  const [seconds] = await redis.time();
  const gone = over.filter(({ until }) => until <= Number(seconds) * 1000);
  if (gone.length === 0) return;
  const values = gone.flatMap(({ target, json }) => [target, json]);
  await runScript(redis, scripts.dropSame, [keys.bans], values);
}

function parseBan(target: string, json: string): Ban | undefined {
  const meant = parseBanTarget(target);
  if (meant === undefined || formatBanTarget(meant) !== target) return undefined;
  try {
    const { until, reason, by, at, strikes } = JSON.parse(json) as Record<keyof Ban, unknown>;
    if (typeof until !== 'number' || !Number.isFinite(until)) return undefined;
    return {
      ...{ target, until, reason: text(reason), by: text(by), at: typeof at === 'number' ? at : 0 },
      ...(typeof strikes === 'number' && Number.isSafeInteger(strikes) ? { strikes } : {}),
    };
  } catch {
    return undefined;
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, maxTextLength) : '');
