import type { Streams } from '@tributary/protocol/admin-api';
import type { Redis } from 'ioredis';

/** What Redis says of itself. @throws when it does not answer */
export async function readRedisFigures(redis: Redis): Promise<NonNullable<Streams['redis']>> {
  const [memory, stats] = await Promise.all([redis.info('memory'), redis.info('stats')]);
  return {
    usedMemoryBytes: figure(memory, 'used_memory'),
    /** 0 is no limit. */
    maxMemoryBytes: figure(memory, 'maxmemory'),
    opsPerSecond: figure(stats, 'instantaneous_ops_per_sec'),
  };
}

function figure(info: string, name: string): number {
  const [, value] = new RegExp(`^${name}:(\\d+)`, 'm').exec(info) ?? [];
  return value === undefined ? 0 : Number(value);
}
