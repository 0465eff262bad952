import { afterAll, beforeAll, expect } from 'vitest';
import { startGateway, type ConfigPart, type Gateway, type LogLine } from './gateway.ts';
import { startRedis, type RedisOptions, type RedisServer } from './redis.ts';

/** One Redis and one gateway for all tests of a file. */
export interface Stage {
  redis: RedisServer;
  gateway: Gateway;
}

/** Lines at level error, but for those a test provokes: refusals of Redis, for example. */
export const errorsOf = (gateway: Gateway, mayLog?: RegExp): LogLine[] =>
  gateway.log().filter(({ level, msg }) => level >= 50 && mayLog?.test(msg) !== true);

/**
 * Starts a stage before the tests of the file and takes it down behind them. Then the gateway must stop with exit code
 * 0 and must have logged nothing at level error: an error there is a fault of ours, whatever the device sent.
 */
export function useStage(
  options: { redis?: RedisOptions; config?: ConfigPart; mayLog?: RegExp } = {},
): Stage {
  const stage = {} as Stage;
  beforeAll(async () => {
    stage.redis = await startRedis(options.redis);
    stage.gateway = await startGateway({ redisUrl: stage.redis.url, config: options.config ?? {} });
  });
  afterAll(async () => {
    try {
      if (stage.gateway === undefined) return;
      expect(await stage.gateway.stop()).toBe(0);
      expect(errorsOf(stage.gateway, options.mayLog)).toEqual([]);
    } finally {
      await stage.redis?.stop();
    }
  });
  return stage;
}

let next = 0;

/** A client id no other test of this process has. */
export const freshId = (name = 'device'): string => `${name}-${process.pid}-${++next}`;
