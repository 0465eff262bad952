import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { connectPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { errorsOf, freshId } from '../support/stage.ts';
import { eventsOf, uplinkOf } from '../support/streams.ts';
import { Subscriber } from '../support/subscriber.ts';
import { holds, until } from '../support/until.ts';

let redis: RedisServer;
let a: Gateway;
let b: Gateway;

const start = (nodeId: string): Promise<Gateway> => startGateway({ redisUrl: redis.url, nodeId });

beforeAll(async () => {
  redis = await startRedis();
  a = await start('gw-a');
  b = await start('gw-b');
});
afterAll(async () => {
  const exits = [await a.stop(), await b.stop()];
  await redis.stop();
  expect(exits).toEqual([0, 0]);
  expect([...errorsOf(a), ...errorsOf(b)]).toEqual([]);
});

const keep = { clean: false, properties: { sessionExpiryInterval: 300 } };

test('the wills of a node that is gone are fired by the one that remains, exactly once, also when it comes back', async () => {
  const prefix = freshId('orphans');
  const watcher = await new Subscriber(b.port('mqtt'), freshId('watcher'), {
    filter: `${prefix}/#`,
    qos: 2,
  }).start();
  const elsewhere = await new Subscriber(a.port('ws'), freshId('watcher'), {
    filter: `${prefix}/#`,
    qos: 1,
    transport: 'ws',
  }).start();
  const ids = [0, 1, 2].map(() => freshId('orphan'));
  for (const [i, id] of ids.entries()) {
    const device = await RawMqtt.tcp(a.port('mqtt'));
    const properties = { willDelayInterval: i === 2 ? 2 : 0 };
    const will = {
      topic: `${prefix}/${id}`,
      payload: Buffer.from(id),
      qos: 1 as const,
      retain: i === 1,
      properties,
    };
    device.send(connectPacket(id, 5, { ...keep, will }));
    await device.take('connack');
  }
  await a.kill();
  elsewhere.port = b.port('ws');
  const came = ({ received }: Subscriber): string[] =>
    received
      .filter(({ isRedelivery }) => !isRedelivery)
      .map(({ payload }) => payload)
      .toSorted();
  await until(
    'the wills to be told',
    () => [watcher, elsewhere].every((each) => came(each).length >= ids.length),
    {
      deadlineMs: 30_000,
    },
  );
  a = await start('gw-a');
  const isOnce = async (): Promise<void> => {
    for (const each of [watcher, elsewhere]) expect(came(each)).toEqual(ids.toSorted());
    for (const id of ids) {
      expect((await uplinkOf(redis.client, id)).filter(({ fields }) => fields['will'] === '1')).toHaveLength(
        1,
      );
      expect((await eventsOf(redis.client, id)).map(({ type }) => type)).toEqual([
        'connected',
        'disconnected',
        'will',
      ]);
    }
  };
  // Longer than a fan-out is left to whoever fired it.
  await holds(6_000, isOnce, 500);
  expect([...watcher.faults, ...elsewhere.faults]).toEqual([]);
  await Promise.all([watcher.stop(), elsewhere.stop()]);
}, 90_000);
