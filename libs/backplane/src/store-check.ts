import type { Redis } from 'ioredis';
import type { Keys } from './keys.ts';

/** How lasting a reply of this Redis is: its `appendfsync`, or `none` without an append-only file. */
export type Durability = 'always' | 'everysec' | 'no' | 'none' | 'unknown';

/** This Redis, or this namespace in it, cannot be used; starting again without a change would fail alike. */
export class StoreRefused extends Error {
  readonly code: 'redis-version' | 'redis-evicts' | 'redis-acl' | 'partitions-differ';

  constructor(code: StoreRefused['code'], message: string) {
    super(message);
    this.name = 'StoreRefused';
    this.code = code;
  }
}

/**
 * Checks, before a node takes part, that Redis keeps what it is given and that the node may do what it must; and fixes
 * the number of partitions at the first start.
 * @throws StoreRefused naming what to change; other errors mean Redis could not be asked
 */
export async function checkStore(redis: Redis, keys: Keys): Promise<Durability> {
  const version = /^redis_version:(\d+)\.(\d+)/m.exec(await redis.info('server'));
  if (version !== null && Number(version[1]) < 7) {
    throw new StoreRefused(
      'redis-version',
      `Redis ${version[1]}.${version[2]} is too old: 7.0 or newer is needed`,
    );
  }
  const policy = await configValue(redis, 'maxmemory-policy');
  if (policy !== undefined && policy !== 'noeviction') {
    throw new StoreRefused(
      'redis-evicts',
      `maxmemory-policy is ${policy}: Redis would delete stored messages. Set it to noeviction`,
    );
  }
  await checkKillRight(redis);
  await redis.hsetnx(keys.meta, 'partitions', String(keys.partitions));
  const stored = await redis.hget(keys.meta, 'partitions');
  if (stored !== String(keys.partitions)) {
    throw new StoreRefused(
      'partitions-differ',
      `namespace ${keys.namespace} was created with partitions: ${stored ?? '?'}, this node is configured with ` +
        `${keys.partitions}. The number is fixed at the first start`,
    );
  }
  const appendOnly = await configValue(redis, 'appendonly');
  if (appendOnly === undefined) return 'unknown';
  if (appendOnly !== 'yes') return 'none';
  return (await configValue(redis, 'appendfsync')) as Durability;
}

/** Undefined where CONFIG is not allowed, as on many hosted services. */
async function configValue(redis: Redis, name: string): Promise<string | undefined> {
  try {
    // ioredis answers an array on RESP2 and may answer a map's pairs on RESP3.
    const reply: unknown = await redis.config('GET', name);
    if (Array.isArray(reply)) return reply[1] as string | undefined;
    return (reply as Record<string, string>)[name];
  } catch {
    return undefined;
  }
}

async function checkKillRight(redis: Redis): Promise<void> {
  try {
    // An id nobody can have: the answer is 0, or that we may not.
    await redis.call('CLIENT', 'KILL', 'ID', '9223372036854775807');
  } catch (error) {
    const message = (error as Error).message;
    if (!message.startsWith('NOPERM')) throw error;
    throw new StoreRefused(
      'redis-acl',
      `the Redis user may not run CLIENT KILL, without which an abandoned connection could still write. ` +
        `Allow it: ACL SETUSER <user> +client|kill +client|id +client|setname (${message})`,
    );
  }
}
