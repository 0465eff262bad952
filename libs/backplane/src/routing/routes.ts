import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { runScript, scripts } from '../scripts.ts';
import { lastLogId } from './logs.ts';

/** What a persistent session subscribes to. */
export interface StoredRoute {
  readonly clientId: string;
  readonly filter: string;
  /** JSON. */
  readonly options: string;
}

/**
 * All routes of one partition.
 * @returns `version`: log entries up to it are contained; `logId`: read the log behind it
 */
export async function loadRoutes(
  redis: Redis,
  keys: Keys,
  partition: number,
): Promise<{ version: number; logId: string; routes: StoredRoute[] }> {
  // The log first: an entry written in between is read again, and recognized by its version.
  const logId = await lastLogId(redis, keys.routesLog(partition));
  const { '': version = '0', ...fields } = await redis.hgetall(keys.routes(partition));
  const routes = Object.entries(fields).map(([field, options]) => {
    // A client id has no line feed.
    const end = field.indexOf('\n');
    return { clientId: field.slice(0, end), filter: field.slice(end + 1), options };
  });
  return { version: Number(version), logId, routes };
}

/** Removes a route whose session, asked again, does not hold it: for whoever was told `gone`. */
export async function dropRoute(redis: Redis, keys: Keys, clientId: string, filter: string): Promise<void> {
  const p = keys.partitionOf(clientId);
  await runScript(
    redis,
    scripts.dropRoute,
    [keys.session(p, clientId), keys.routes(p), keys.routesLog(p)],
    [clientId, filter],
  );
}
