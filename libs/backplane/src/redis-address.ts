import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { redisTls, type RedisTlsOptions } from './redis-tls.ts';

/** Where Redis is and who we are to it, as a `redis://` or `rediss://` URL says. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Database index; 0 unless the path names another. */
  readonly db: number;
  /** Set for `rediss://`. */
  readonly tls: TlsOptions | undefined;
}

/** @throws RangeError when it is no such URL, or `tls` names a file that cannot be read; never with the password. */
export function parseRedisUrl(url: string, tls?: RedisTlsOptions): RedisAddress {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new RangeError('redis.url is not a URL');
  }
  if (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:') {
    throw new RangeError(`redis.url must begin with redis:// or rediss://, not ${parsed.protocol}//`);
  }
  const db = parsed.pathname.length > 1 ? Number(parsed.pathname.slice(1)) : 0;
  if (!Number.isInteger(db) || db < 0) throw new RangeError('redis.url: the path must be a database number');
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  if (host === '') throw new RangeError('redis.url names no host');
  return {
    host,
    port: parsed.port === '' ? 6379 : Number(parsed.port),
    username: decoded(parsed.username),
    password: decoded(parsed.password),
    db,
    tls: parsed.protocol === 'rediss:' ? redisTls(host, tls) : undefined,
  };
}

/** Whether a connection could be made of it. */
export function isRedisUrl(text: string): boolean {
  try {
    parseRedisUrl(text);
    return true;
  } catch {
    return false;
  }
}

function decoded(part: string): string | undefined {
  if (part === '') return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    throw new RangeError('redis.url: user name or password has a % that encodes nothing');
  }
}
