import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Chance } from '../support/chance.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { SessionTraffic } from '../support/session-traffic.ts';
import { errorsOf } from '../support/stage.ts';

const isLong = process.env['TRIBUTARY_TEST_LONG'] === '1';
const seeds = isLong ? [1, 2, 3, 4, 5, 6, 7, 8] : [1, 2];
const rounds = isLong ? 25 : 6;

let redis: RedisServer;
let gateway: Gateway;

const start = (): Promise<Gateway> =>
  startGateway({
    redisUrl: redis.url,
    // Who is away until the end has a place for everything.
    config: { queues: { maxMessages: 60_000, maxBytes: 64 * 2 ** 20 } },
  });

beforeAll(async () => {
  redis = await startRedis();
  gateway = await start();
});
afterAll(async () => {
  await gateway.kill();
  await redis.stop();
});

test.each(seeds)(
  'a node killed again and again under traffic: all that was acknowledged reaches persistent subscribers, QoS 2 once, in order, seed %i [MQTT-4.3.2-1] [MQTT-4.3.3-7] [MQTT-4.4.0-1] [MQTT-4.6.0-5]',
  async (seed) => {
    const chance = new Chance(seed);
    const traffic = await SessionTraffic.start(redis.client, gateway, { seed });
    for (let round = 0; round < rounds; round++) {
      await traffic.progress(chance.between(5, 40));
      await wait(chance.between(0, 30));
      await gateway.kill();
      expect(errorsOf(gateway)).toEqual([]);
      gateway = await start();
      traffic.aim(gateway);
    }
    await traffic.progress(20);
    await traffic.finish();
    expect(await traffic.verdict()).toEqual([]);
    for (const { lives } of traffic.publishers) expect(lives.length).toBe(rounds + 1);
    // The kills met something: messages on their way up and down.
    const repeated = traffic.publishers.flatMap(({ lives }) => lives.flatMap((life) => [...life.repeated]));
    expect(repeated.filter(({ qos }) => qos === 2).length).toBeGreaterThan(0);
    expect(traffic.subscribers.some(({ received }) => received.some(({ isDup }) => isDup))).toBe(true);
  },
  isLong ? 580_000 : 180_000,
);
