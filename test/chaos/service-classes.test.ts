import { afterAll, beforeAll, expect, test } from 'vitest';
import { Chance } from '../support/chance.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { brokenPromises } from '../support/promises.ts';
import { Publisher } from '../support/publisher.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import type { Fault } from '../support/resp-faults.ts';
import { RespProxy } from '../support/resp-proxy.ts';
import { uplinkOf } from '../support/streams.ts';
import { until } from '../support/until.ts';

let redis: RedisServer;
let proxy: RespProxy;
let gateway: Gateway;

beforeAll(async () => {
  redis = await startRedis();
  proxy = await RespProxy.start(redis.port);
  gateway = await startGateway({
    redisUrl: proxy.url,
    config: {
      redis: { replyTimeoutMs: 500 },
      classes: {
        rules: [
          { clientId: 'critical-*', class: 'critical' },
          { clientId: 'bulk-*', class: 'bulk' },
        ],
        topics: [
          { filter: '+/alarm', class: 'critical' },
          { filter: '+/note', class: 'standard' },
        ],
        holdMs: 1000,
        flushBytes: 16_384,
        shares: { critical: 3, standard: 2, bulk: 1 },
      },
    },
  });
});
afterAll(async () => {
  const exit = await gateway.stop();
  await proxy.stop();
  await redis.stop();
  expect(exit).toBe(0);
});

const faults: readonly Fault[] = [
  { kind: 'cut', outcome: 'executed' },
  { kind: 'cut', outcome: 'lost' },
  { kind: 'cut', outcome: 'late' },
  { kind: 'mute', executed: true },
  { kind: 'error', reply: '-LOADING Redis is loading the dataset in memory' },
];
const topics = ['x/data', 'x/data', 'x/data', 'x/note', 'x/alarm'];

test('P1, P2, P3: devices of all classes that raise themselves keep their order through faults of the link', async () => {
  const seed = 20_261_121;
  const chance = new Chance(seed);
  const ids = ['critical', 'standard', 'bulk'].flatMap((name) => [`${name}-1`, `${name}-2`, `${name}-3`]);
  const topicOf = (): string => chance.pick(topics);
  const publishers = ids.map((id) => {
    const chosen = Array.from({ length: 200 }, topicOf);
    return new Publisher(gateway.port('mqtt'), id, 5, { topic: (index) => chosen[index % 200]! });
  });
  await Promise.all(publishers.map((publisher) => publisher.start()));
  let position = 0;
  const struck = new Set(faults.map((_, i) => 60 + i * 150));
  proxy.open(() => (struck.has(++position) ? faults[(position - 60) / 150] : undefined));
  for (let round = 0; round < 100; round++) {
    for (const publisher of publishers)
      for (let n = chance.between(0, 3); n > 0; n--) publisher.publish(chance.pick([0, 1, 1, 2]));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(publishers.map((publisher) => publisher.settle()));
  expect(proxy.struck.length, `seed ${seed}`).toBe(faults.length);
  const raised = await gateway.metric('tributary_class_raises_total', { cause: 'topic' });
  expect(raised).toBeGreaterThanOrEqual(6);
  const broken: string[] = [];
  for (const publisher of publishers)
    broken.push(...brokenPromises(publisher, await uplinkOf(redis.client, publisher.clientId)));
  expect(broken, `seed ${seed}`).toEqual([]);
  await until(
    'every raise to be over',
    async () => (await gateway.metric('tributary_class_devices', { class: 'critical' })) === 3,
  );
  await Promise.all(publishers.map((publisher) => publisher.stop()));
});
