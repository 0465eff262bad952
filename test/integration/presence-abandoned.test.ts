import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { faultsOfHistory } from '../support/history.ts';
import { connectPacket, publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { isClaim } from '../support/resp-faults.ts';
import { RespProxy } from '../support/resp-proxy.ts';
import { freshId } from '../support/stage.ts';
import { keys, ownerOf, untilEvents } from '../support/streams.ts';
import { until } from '../support/until.ts';

let redis: RedisServer;
let proxy: RespProxy;
let other: Gateway;
/** Its claims go through the proxy. */
let claiming: Gateway;

beforeAll(async () => {
  redis = await startRedis();
  proxy = await RespProxy.start(redis.port);
  proxy.counts = isClaim;
  [other, claiming] = await Promise.all([
    startGateway({ redisUrl: redis.url, nodeId: 'gw-1' }),
    startGateway({ redisUrl: proxy.url, nodeId: 'gw-2' }),
  ]);
});
afterEach(() => claiming.until(200));
afterAll(async () => {
  proxy.open();
  const exits = await Promise.all([other.stop(), claiming.stop()]);
  await proxy.stop();
  await redis.stop();
  expect(exits).toEqual([0, 0]);
});

const open = (node: Gateway): Promise<RawMqtt> => RawMqtt.tcp(node.port('mqtt'));

/** Connects, and is acknowledged once. */
async function settle(node: Gateway, id: string): Promise<RawMqtt> {
  const device = await open(node);
  expect((await device.connect(id)).reasonCode).toBe(0);
  device.send(publishPacket('t', 'x', 1, 1));
  await device.take('puback');
  return device;
}

/** The claim that came to nothing ended the older connection, and Redis says so. */
async function isOver(older: RawMqtt, id: string, reason: string): Promise<void> {
  expect((await older.end()).disconnect?.reasonCode).toBe(0x8e);
  const events = await untilEvents(redis.client, id, 3);
  expect(events.map(({ type }) => type)).toEqual(['connected', 'superseded', 'disconnected']);
  expect(faultsOfHistory(events)).toEqual([]);
  expect(events[2]?.fields).toMatchObject({ reason, epoch: String(events[1]?.epoch) });
  expect(await ownerOf(redis.client, id)).toBeUndefined();
  expect(await redis.client.hget(keys.device(keys.partitionOf(id), id), 'state')).toBe('offline');
}

/** The device comes in as one that was away. */
async function returns(id: string): Promise<void> {
  const newer = await settle(claiming, id);
  const events = await untilEvents(redis.client, id, 4);
  expect(events[3]?.type).toBe('connected');
  await newer.leave();
  expect(faultsOfHistory(await untilEvents(redis.client, id, 5))).toEqual([]);
}

describe.each([
  ['the same node', () => claiming],
  ['another node', () => other],
])('P4, P5: over a connection on %s', (_, owner) => {
  test('a CONNECT whose socket is reset while its claim is out ends the older connection', async () => {
    const id = freshId('flapping');
    const older = await settle(owner(), id);
    const paused = (count: number): Promise<true> =>
      until(
        `${count} connections to be paused`,
        async () => (await claiming.metric('tributary_paused_connections')) === count,
      );
    await paused(0);
    proxy.close();
    const hasty = await open(claiming);
    hasty.send(connectPacket(id, 5));
    await until('the claim to be out', () => proxy.waiting === 1);
    await paused(1); // it is being let in
    hasty.reset();
    await paused(0); // and the gateway knows that it is gone
    proxy.open();
    await isOver(older, id, 'connection-lost');
    await returns(id);
  });

  test('a claim made and never answered ends the older connection', async () => {
    const id = freshId('unanswered');
    const older = await settle(owner(), id);
    const refused = await open(claiming);
    proxy.open((position) => (position === 0 ? { kind: 'cut', outcome: 'executed' } : undefined));
    expect((await refused.connect(id)).reasonCode).toBe(0x88);
    await claiming.until(200);
    await isOver(older, id, 'store-unavailable');
    proxy.open();
    await returns(id);
  });
});
