import { afterEach, expect, test } from 'vitest';
import { Gateway, type ConfigPart } from '../support/gateway.ts';
import { RawMqtt } from '../support/raw-mqtt.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { RespProxy } from '../support/resp-proxy.ts';
import type { Command } from '../support/resp.ts';
import { freshId } from '../support/stage.ts';
import { keys } from '../support/streams.ts';
import { until } from '../support/until.ts';

let redis: RedisServer;
let gateway: Gateway;
let proxy: RespProxy | undefined;

afterEach(async () => {
  await gateway.kill();
  await proxy?.stop();
  proxy = undefined;
  await redis.stop();
});

function launch(redisUrl: string, config: ConfigPart = {}): void {
  gateway = new Gateway({ redisUrl, config });
}

const hasSaid = (words: RegExp): Promise<true> =>
  until(
    () => `the gateway to say ${words.source}; it said:\n${gateway.process.lines.join('\n')}`,
    () => {
      if (gateway.process.exit !== undefined) throw new Error(`the gateway ended: ${gateway.process.exit}`);
      return gateway.process.lines.some((line) => words.test(line));
    },
  );

test('a Redis that takes no writes while a node starts, as during FAILOVER, is waited for', async () => {
  redis = await startRedis();
  await redis.client.call('CLIENT', 'PAUSE', '60000', 'WRITE');
  launch(redis.url, { redis: { replyTimeoutMs: 1000 } });
  await hasSaid(/trying on/);
  await redis.client.call('CLIENT', 'UNPAUSE');
  await gateway.started();
  await gateway.until(200);
  const device = await RawMqtt.tcp(gateway.port('mqtt'));
  expect((await device.connect(freshId())).reasonCode).toBe(0);
  await device.leave();
  expect(await gateway.stop()).toBe(0);
});

const toRecord = ({ name, args }: Command): boolean => name === 'HSET' && String(args[1]).endsWith(':record');
const isRegistration = (command: Command): boolean =>
  toRecord(command) && command.args.some((arg) => String(arg) === 'beat');
const isAnnouncement = (command: Command): boolean => toRecord(command) && !isRegistration(command);

test.each([
  ['registers', isRegistration],
  ['announces its listeners', isAnnouncement],
])('SIGTERM while the node %s: it goes, and leaves no key of its own', async (_, counts) => {
  redis = await startRedis();
  proxy = await RespProxy.start(redis.port);
  proxy.counts = counts;
  proxy.close();
  launch(proxy.url);
  await until('the command to be out', () => proxy?.waiting === 1);
  gateway.process.signal('SIGTERM');
  await hasSaid(/"msg":"stopping"/);
  proxy.open();
  expect(await gateway.process.exited).toBe(0);
  expect(gateway.log().filter(({ level }) => level >= 50)).toEqual([]);
  expect(gateway.log().map(({ msg }) => msg)).not.toContain('gateway ready');
  // Redis closes the node's connections, and has by then carried out what they brought.
  await until('the node to be gone from Redis', async () => {
    const list = String(await redis.client.call('CLIENT', 'LIST'));
    return !list.includes('name=tributary-');
  });
  expect(await redis.client.hkeys(keys.nodes)).toEqual([]);
  expect((await redis.client.keys('*')).filter((key) => key.includes('{node:'))).toEqual([]);
});
