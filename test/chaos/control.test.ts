import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

let redis: RedisServer;
let path: TcpProxy;
/** Reaches Redis over the path. */
let deaf: Gateway;
let other: Gateway;

beforeAll(async () => {
  redis = await startRedis();
  path = await TcpProxy.start(redis.port);
  [deaf, other] = await Promise.all([
    startGateway({ redisUrl: path.url, nodeId: 'gw-1' }),
    startGateway({ redisUrl: redis.url, nodeId: 'gw-2' }),
  ]);
});
afterAll(async () => {
  const exits = await Promise.all([deaf.stop(), other.stop()]);
  await path.stop();
  await redis.stop();
  expect(exits).toEqual([0, 0]);
});

async function connect(node: Gateway, id: string): Promise<RawMqtt> {
  const device = await RawMqtt.tcp(node.port('mqtt'));
  expect((await device.connect(id)).reasonCode).toBe(0);
  return device;
}

/** Connects on the other node, which ends the older connection; answers how long that took, ms. */
async function takeover(older: RawMqtt, id: string): Promise<number> {
  const newer = await connect(other, id);
  const began = performance.now();
  expect((await older.end(30_000)).disconnect?.reasonCode).toBe(0x8e);
  const tookMs = performance.now() - began;
  newer.send(publishPacket('t', 'x', 1, 1));
  await newer.take('puback');
  await newer.leave();
  return tookMs;
}

/** The older connection ends at once: sooner than any read is given up, in one of a few tries on a busy machine. */
async function isPrompt(): Promise<boolean> {
  for (let n = 0; n < 3; n++) {
    const id = freshId();
    if ((await takeover(await connect(deaf, id), id)) < 2000) return true;
  }
  return false;
}

test('P5: a node whose control connection leads nowhere notices, reads what it missed, and takeovers are prompt again', async () => {
  expect(await isPrompt()).toBe(true);
  const meanwhile = freshId();
  const older = await connect(deaf, meanwhile);
  expect(path.mute('tributary-gw-1-control')).toBe(1);
  // 3 s until it gives the read up, and then it connects anew. Without that a minute, until its records are written.
  await takeover(older, meanwhile);
  expect(await isPrompt()).toBe(true);
});
