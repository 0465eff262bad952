import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { faultsOfHistory } from '../support/history.ts';
import { Load } from '../support/load.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { eventsOf } from '../support/streams.ts';

let redis: RedisServer;
const nodes: Gateway[] = [];

const start = (nodeId: string): Promise<Gateway> => startGateway({ redisUrl: redis.url, nodeId });

beforeAll(async () => {
  redis = await startRedis();
  nodes.push(await start('gw-1'), await start('gw-2'));
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.kill()));
  await redis.stop();
});

test('P1, P2, P3, P4: nodes killed in turn under load: devices go to the other one and lose nothing', async () => {
  const ports = (): number[] => nodes.map((node) => node.port('mqtt'));
  const load = await Load.start(12, ...ports());
  for (let round = 0; round < 4; round++) {
    await load.progress(40);
    const dying = round % 2;
    for (const publisher of load.publishers) publisher.port = ports()[1 - dying] ?? 0;
    await nodes[dying]?.kill();
    nodes[dying] = await start(`gw-${dying + 1}`);
    // Half of them come back to the reborn node over their live connection on the other one.
    await load.progress(20);
    for (const [n, publisher] of load.publishers.entries())
      if (n % 2 === 0) publisher.port = ports()[dying] ?? 0;
  }
  await load.finish();
  expect((await load.verdict(redis.client)).broken).toEqual([]);
  for (const { clientId, lives } of load.publishers) {
    expect(lives.length).toBeGreaterThan(1);
    expect(faultsOfHistory(await eventsOf(redis.client, clientId))).toEqual([]);
  }
}, 120_000);
