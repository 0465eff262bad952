import { afterAll, beforeAll, expect, test } from 'vitest';
import { Chance } from '../support/chance.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { Load } from '../support/load.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import type { Fault } from '../support/resp-faults.ts';
import { RespProxy } from '../support/resp-proxy.ts';
import { errorsOf } from '../support/stage.ts';

let redis: RedisServer;
let proxy: RespProxy;
let gateway: Gateway;

beforeAll(async () => {
  redis = await startRedis();
  proxy = await RespProxy.start(redis.port);
  gateway = await startGateway({ redisUrl: proxy.url, config: { redis: { replyTimeoutMs: 500 } } });
});
afterAll(async () => {
  const exit = await gateway.stop();
  await proxy.stop();
  await redis.stop();
  expect(exit).toBe(0);
  expect(errorsOf(gateway, /Redis refused a message/)).toEqual([]);
});

const faults: Fault[] = [
  { kind: 'error', reply: '-LOADING Redis is loading the dataset in memory' },
  { kind: 'error', reply: "-READONLY You can't write against a read only replica." },
  { kind: 'error', reply: '-NOSCRIPT No matching script. Please use EVAL.' },
  { kind: 'error', reply: "-OOM command not allowed when used memory > 'maxmemory'." },
  { kind: 'cut', outcome: 'executed' },
  { kind: 'cut', outcome: 'lost' },
  { kind: 'cut', outcome: 'late' },
  { kind: 'mute', executed: true },
  { kind: 'mute', executed: false },
];

test.each([1, 2, 3])(
  'P1, P2, P3: faults of every kind at random positions under load, seed %i',
  async (seed) => {
    const chance = new Chance(seed * 7919);
    const load = await Load.start(10, gateway.port('mqtt'));
    await load.progress(20);
    proxy.struck.length = 0;
    proxy.lateExecuted = 0;
    proxy.replyDelayMs = seed % 2; // with a delay, flushes hold more
    proxy.open(() => (chance.next() < 0.01 ? chance.pick(faults) : undefined));
    await load.progress(150);
    proxy.open();
    proxy.replyDelayMs = 0;
    await load.finish();
    expect((await load.verdict(redis.client)).broken).toEqual([]);
    expect(proxy.struck.length).toBeGreaterThan(5);
    expect(proxy.lateExecuted).toBe(0);
  },
  90_000,
);
