import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Chance } from '../support/chance.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { RespProxy } from '../support/resp-proxy.ts';
import { SessionTraffic } from '../support/session-traffic.ts';
import { errorsOf } from '../support/stage.ts';

const isLong = process.env['TRIBUTARY_TEST_LONG'] === '1';
const seeds = isLong ? [1, 2, 3, 4, 5, 6] : [1];
const rounds = isLong ? 12 : 3;
const timeoutMs = isLong ? 580_000 : 180_000;
// Redis may have queued a message at QoS 1 and not said so; it is queued again then.
const rules = { mayDoubleQos1: true };

let redis: RedisServer;
let proxy: RespProxy;
let gateway: Gateway;

beforeEach(async () => {
  redis = await startRedis({ aof: true });
  proxy = await RespProxy.start(redis.port);
  gateway = await startGateway({
    redisUrl: proxy.url,
    config: {
      redis: { replyTimeoutMs: 500 },
      queues: { maxMessages: 60_000, maxBytes: 64 * 2 ** 20 },
    },
  });
});
afterEach(async () => {
  proxy.thaw();
  proxy.open();
  const exit = await gateway.stop();
  await proxy.stop();
  await redis.stop();
  expect(exit).toBe(0);
  expect(errorsOf(gateway, /Redis refused a message/)).toEqual([]);
});

test.each(seeds)(
  'Redis killed and started again under traffic: nothing acknowledged is lost to a persistent subscriber, QoS 2 comes once, in order, seed %i',
  async (seed) => {
    const chance = new Chance(seed);
    const traffic = await SessionTraffic.start(redis.client, gateway, { seed });
    for (let round = 0; round < rounds; round++) {
      await traffic.progress(chance.between(5, 40));
      await wait(chance.between(0, 30));
      await redis.kill();
      await wait(chance.between(0, 1500));
      await redis.start();
      await gateway.until(200);
    }
    await traffic.progress(20);
    await traffic.finish();
    expect(await traffic.verdict(rules)).toEqual([]);
  },
  timeoutMs,
);

test.each(seeds)(
  'Redis away for seconds under traffic, connections open and silent: nothing acknowledged is lost to a persistent subscriber, seed %i',
  async (seed) => {
    const chance = new Chance(seed);
    const traffic = await SessionTraffic.start(redis.client, gateway, { seed });
    for (let round = 0; round < rounds; round++) {
      await traffic.progress(chance.between(5, 40));
      await wait(chance.between(0, 30));
      proxy.freeze();
      // Around the time a reply is waited for, and well beyond it.
      await wait(round % 2 === 0 ? chance.between(400, 700) : chance.between(2000, 4000));
      proxy.thaw();
      await gateway.until(200);
    }
    await traffic.progress(20);
    await traffic.finish();
    expect(await traffic.verdict(rules)).toEqual([]);
  },
  timeoutMs,
);
