import { afterAll, beforeAll } from 'vitest';
import { type AdminDesk, startAdminDesk } from './admin-desk.ts';
import { startGateway, type Gateway } from './gateway.ts';
import { type RedisServer, startRedis } from './redis.ts';

/** One Redis, two gateways and an admin, for all tests of a file. */
export interface TwoNodes {
  redis: RedisServer;
  nodes: readonly [Gateway, Gateway];
  admin: AdminDesk;
}

/** Starts them before the tests of the file, and `prepares` what they need; takes them down behind the tests. */
export function useTwoNodes(prepare?: (stage: TwoNodes) => Promise<void>): TwoNodes {
  const stage = {} as TwoNodes;
  beforeAll(async () => {
    stage.redis = await startRedis();
    const start = (nodeId: string): Promise<Gateway> => startGateway({ redisUrl: stage.redis.url, nodeId });
    stage.nodes = await Promise.all([start('gw-1'), start('gw-2')]);
    stage.admin = await startAdminDesk(stage.redis.url);
    await prepare?.(stage);
  });
  afterAll(async () => {
    await stage.admin?.stop();
    await Promise.all((stage.nodes ?? []).map((node) => node.stop()));
    await stage.redis?.stop();
  });
  return stage;
}
