import { expect, test } from 'vitest';
import type { Redis } from 'ioredis';
import { bytesOf, publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { freshId, useStage } from '../support/stage.ts';
import { keys } from '../support/streams.ts';
import { until } from '../support/until.ts';

const stage = useStage();
const sessions = process.env['TRIBUTARY_TEST_LONG'] === '1' ? 10_000 : 1_000;

/** All keys but records and timelines of devices, which expire, and what is bounded: figures of nodes, and history. */
async function lastingKeys(redis: Redis): Promise<string[]> {
  const all = await redis.keys('*');
  return all
    .filter((key) => !key.includes(':device:') && !key.includes(':history:') && !key.includes('{node:'))
    .sort();
}

async function cleanSession(id: string): Promise<void> {
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'));
  await device.connect(id);
  device.send(publishPacket('t', 'x', 1, 1), publishPacket('t', 'x', 2, 2), {
    cmd: 'subscribe',
    messageId: 3,
    subscriptions: [{ topic: 'a', qos: 1, nl: false, rap: false, rh: 0 }],
  });
  await device.take('pubrec');
  device.send(bytesOf({ cmd: 'disconnect', reasonCode: 0 }));
  await device.closed;
}

const nobodyOnline = async (redis: Redis): Promise<boolean> => {
  const counts = await Promise.all(
    Array.from({ length: keys.partitions }, (_, p) => redis.hlen(keys.online(p))),
  );
  return counts.every((count) => count === 0);
};

test(`P6: ${sessions} clean sessions leave no key behind but their device records`, async () => {
  const redis = stage.redis.client;
  // One device in every partition, so that the streams are there.
  const first = new Map<number, string>();
  while (first.size < keys.partitions) {
    const id = freshId('warm');
    first.set(keys.partitionOf(id), id);
  }
  for (const id of first.values()) await cleanSession(id);
  await until('everyone to be gone', () => nobodyOnline(redis));
  const before = await lastingKeys(redis);

  const ids = Array.from({ length: sessions }, () => freshId('clean'));
  for (let at = 0; at < ids.length; at += 50) await Promise.all(ids.slice(at, at + 50).map(cleanSession));
  await until('everyone to be gone', () => nobodyOnline(redis));
  expect(await lastingKeys(redis)).toEqual(before);

  const record = ids[0] ?? '';
  expect(await redis.ttl(keys.device(keys.partitionOf(record), record))).toBeGreaterThan(0);
  expect(await redis.ttl(keys.history(keys.partitionOf(record), record))).toBeGreaterThan(0);
  expect(await redis.keys('*:device:*')).toHaveLength(sessions + first.size);
}, 240_000);
