import { Redis } from 'ioredis';
import type { PrivateRedis } from './redis-server.ts';

/** What Redis has done since its start: CPU time of its main thread in µs, and commands of clients and of scripts. */
export interface RedisWork {
  readonly cpuMicroseconds: number;
  readonly commands: number;
}

/** By INFO cpu and INFO stats. */
export async function redisWork({ url }: PrivateRedis): Promise<RedisWork> {
  const redis = new Redis(url);
  try {
    const info = `${await redis.info('cpu')}${await redis.info('stats')}`;
    const figure = (name: string): number =>
      Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? NaN);
    const seconds = figure('used_cpu_user_main_thread') + figure('used_cpu_sys_main_thread');
    return { cpuMicroseconds: seconds * 1e6, commands: figure('total_commands_processed') };
  } finally {
    redis.disconnect();
  }
}
