import { parseRedisUrl, type RedisTlsOptions } from '@tributary/backplane';
import { Redis } from 'ioredis';

export interface RedisOptions {
  /** `redis://` or `rediss://`. */
  url: string;
  /** Which certificates of a `rediss://` server are believed. */
  tls?: RedisTlsOptions | undefined;
  connectTimeoutMs: number;
  /** A reply later than this counts as Redis being away. Must exceed `blockMs`. */
  replyTimeoutMs: number;
}

/** How long a blocking read waits for something new before it asks again. */
export const blockMs = 1000;

/**
 * Opens one connection that lives until it fails: it never reconnects by itself and queues nothing, so whoever uses it
 * learns of the loss and can begin again from a known state.
 * @throws Error with Redis' or the socket's own words.
 */
export async function connectRedis(options: RedisOptions, role: string): Promise<Redis> {
  const { tls } = parseRedisUrl(options.url, options.tls);
  const redis = new Redis(options.url, {
    ...(tls === undefined ? {} : { tls }),
    lazyConnect: true,
    connectTimeout: options.connectTimeoutMs,
    commandTimeout: options.replyTimeoutMs,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectionName: `tributary-admin-${role}`,
  });
  let failure: Error | undefined;
  redis.on('error', (error) => (failure = error));
  try {
    await redis.connect();
    return redis;
  } catch (error) {
    redis.disconnect();
    // ioredis says only "Connection is closed"; the socket's error says why.
    throw failure ?? error;
  }
}

/** The URL as it may be logged: without user name and password. */
export function withoutSecrets(url: string): string {
  try {
    const parsed = new URL(url);
    return `${parsed.protocol}//${parsed.host}${parsed.pathname === '/' ? '' : parsed.pathname}`;
  } catch {
    return 'an address that is no URL';
  }
}
