import { Redis } from 'ioredis';
import type { PrivateRedis } from './redis-server.ts';

/** Commands that Redis was sent, by name; those that scripts run are not among them. */
export type Commands = Map<string, number>;

/** Counts by INFO commandstats, scripts' own commands included. */
export async function commandStats({ url }: PrivateRedis): Promise<Commands> {
  const redis = new Redis(url);
  try {
    const info = await redis.info('commandstats');
    return new Map(
      [...info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(([, name, calls]) => [name!, Number(calls)]),
    );
  } finally {
    redis.disconnect();
  }
}

/** What clients send while `work` lasts, seen by MONITOR: slows Redis down, so not for measuring anything else. */
export async function sentDuring({ url }: PrivateRedis, work: () => Promise<void>): Promise<Commands> {
  const redis = new Redis(url);
  const commands: Commands = new Map();
  const monitor = await redis.monitor();
  monitor.on('monitor', (_time: string, args: string[], source: string) => {
    if (source === 'lua') return;
    const name = args[0]!.toLowerCase();
    commands.set(name, (commands.get(name) ?? 0) + 1);
  });
  try {
    await work();
    return commands;
  } finally {
    monitor.disconnect();
    redis.disconnect();
  }
}

/** How much more there is of each in `after`; names without a difference are left out. */
export function increase(before: Commands, after: Commands): Commands {
  const more = [...after].map(([name, count]) => [name, count - (before.get(name) ?? 0)] as const);
  return new Map(more.filter(([, count]) => count > 0));
}

export const total = (commands: Commands): number => [...commands.values()].reduce((sum, n) => sum + n, 0);
