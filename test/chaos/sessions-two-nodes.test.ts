import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Chance } from '../support/chance.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { SessionTraffic, untilAlike } from '../support/session-traffic.ts';
import { errorsOf, freshId } from '../support/stage.ts';
import { keys } from '../support/streams.ts';
import { Subscriber } from '../support/subscriber.ts';
import { promptMs, until } from '../support/until.ts';

const isLong = process.env['TRIBUTARY_TEST_LONG'] === '1';
const seeds = isLong ? [1, 2, 3, 4, 5, 6, 7, 8] : [1];
const rounds = isLong ? 15 : 3;
const timeoutMs = isLong ? 580_000 : 180_000;

let redis: RedisServer;
let a: Gateway;
let b: Gateway;

const start = (nodeId: string): Promise<Gateway> =>
  startGateway({
    redisUrl: redis.url,
    nodeId,
    config: { queues: { maxMessages: 60_000, maxBytes: 64 * 2 ** 20 } },
  });

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

async function connect(node: Gateway, id: string, options: object = keep): Promise<RawMqtt> {
  const device = await RawMqtt.tcp(node.port('mqtt'));
  await device.connect(id, options);
  return device;
}

async function subscribe(device: RawMqtt, topic: string, qos: 0 | 1 | 2 = 1): Promise<void> {
  device.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos }] });
  await device.take('suback');
}

/** Waits until a message published at the node came to the device, published again until it does. */
async function reaches(publisher: RawMqtt, subscriber: RawMqtt, topic: string): Promise<void> {
  let id = 0;
  const came = (): boolean => subscriber.packets.some(({ cmd }) => cmd === 'publish');
  await until(
    'a message to reach the other node',
    () => {
      if (came()) return true;
      publisher.send(publishPacket(topic, `probe ${++id}`, 1, id));
      return undefined;
    },
    { deadlineMs: promptMs, everyMs: 20 },
  );
}

test.each(seeds)(
  'sessions that move between two nodes under traffic lose nothing, QoS 2 comes once, in order, seed %i',
  async (seed) => {
    const traffic = await SessionTraffic.start(redis.client, [a, b], { seed });
    await traffic.progress(rounds * 60);
    await traffic.finish();
    expect(await traffic.verdict()).toEqual([]);
    const lives = [
      ...traffic.publishers.map((each) => each.lives.length),
      ...traffic.subscribers.map((each) => each.lives),
    ];
    expect(Math.max(...lives)).toBeGreaterThan(1);
  },
  timeoutMs,
);

test.each(seeds)(
  'two nodes killed in turn under traffic: sessions go to the other one and lose nothing, seed %i',
  async (seed) => {
    const chance = new Chance(seed);
    const traffic = await SessionTraffic.start(redis.client, [a, b], { seed });
    for (let round = 0; round < rounds; round++) {
      await traffic.progress(chance.between(5, 40));
      await wait(chance.between(0, 30));
      if (round % 2 === 0) {
        traffic.aim(b);
        await a.kill();
        await traffic.progress(10);
        a = await start('gw-a');
      } else {
        traffic.aim(a);
        await b.kill();
        await traffic.progress(10);
        b = await start('gw-b');
      }
      traffic.aim(a, b);
    }
    await traffic.progress(20);
    await traffic.finish();
    expect(await traffic.verdict()).toEqual([]);
  },
  timeoutMs,
);

test('a message published at one node reaches a persistent subscriber at the other promptly, each time', async () => {
  const topic = freshId('bell');
  const subscribers = [
    new Subscriber(b.port('mqtt'), freshId('there'), { filter: topic, qos: 1 }),
    new Subscriber(b.port('ws'), freshId('there'), { filter: topic, qos: 2, transport: 'ws', version: 4 }),
  ];
  const publisher = await connect(a, freshId('here'));
  await Promise.all(subscribers.map((each) => each.start()));
  await untilAlike(redis.client, [a, b]);
  for (let n = 1; n <= 20; n++) {
    publisher.send(publishPacket(topic, `message ${n}`, n % 2 === 0 ? 1 : 2, n));
    await until(
      `message ${n}`,
      () => subscribers.every(({ received }) => received.some(({ payload }) => payload === `message ${n}`)),
      { deadlineMs: promptMs, everyMs: 2 },
    );
    // Now and then after a pause, when nothing is on its way any more.
    if (n % 5 === 0) await wait(100);
  }
  for (const { faults, received } of subscribers) {
    expect(faults).toEqual([]);
    expect(received.filter(({ payload }) => payload.startsWith('message'))).toHaveLength(20);
  }
  await Promise.all([publisher.leave(), ...subscribers.map((each) => each.stop())]);
});

test('who subscribes at one node after the other has started gets what is published there', async () => {
  const topic = `${freshId('late')}/x`;
  const publisher = await connect(a, freshId('pub'));
  const subscriber = await connect(b, freshId('sub'));
  await subscribe(subscriber, topic.replace('/x', '/+'));
  await reaches(publisher, subscriber, topic);
  subscriber.send({ cmd: 'unsubscribe', messageId: 2, unsubscriptions: [topic.replace('/x', '/+')] });
  await subscriber.take('unsuback');
  await untilAlike(redis.client, [a, b]);
  await Promise.all([publisher.leave(), subscriber.leave()]);
});

test('a message retained at one node is sent to new subscribers at the other, and one cleared is not', async () => {
  const prefix = freshId('kept');
  const publisher = await connect(a, freshId('pub'));
  for (const [i, name] of ['one', 'two'].entries())
    publisher.send(publishPacket(`${prefix}/${name}`, name, 1, i + 1, { retain: true }));
  await publisher.take('puback', ({ messageId }) => messageId === 2);
  const retainedFor = async (node: Gateway): Promise<string[]> => {
    const device = await connect(node, freshId('new'), {});
    await subscribe(device, `${prefix}/#`);
    device.send({ cmd: 'pingreq' });
    await device.take('pingresp');
    await wait(50);
    await device.leave();
    return device.packets
      .filter((packet) => packet.cmd === 'publish')
      .map(({ payload, retain }) => `${payload.toString()} ${retain}`)
      .toSorted();
  };
  const untilRetained = (node: Gateway, expected: string[]): Promise<boolean> =>
    until(
      `${expected.join()} at the other node`,
      async () => (await retainedFor(node)).join() === expected.join(),
      {
        deadlineMs: promptMs,
      },
    );
  await untilRetained(b, ['one true', 'two true']);
  publisher.send(publishPacket(`${prefix}/one`, '', 1, 3, { retain: true }));
  await publisher.take('puback', ({ messageId }) => messageId === 3);
  await untilRetained(b, ['two true']);
  await publisher.leave();
});

test('a clean start at one node ends the routes of the session that the other knows [MQTT-3.1.2-4]', async () => {
  const topic = freshId('clean');
  const id = freshId('sub');
  const publisher = await connect(a, freshId('pub'));
  const subscriber = await connect(a, id);
  await subscribe(subscriber, topic);
  await reaches(publisher, subscriber, topic);
  const known = await a.metric('tributary_subscriptions');

  const clean = await connect(b, id, { clean: true, properties: { sessionExpiryInterval: 300 } });
  expect((await subscriber.end()).disconnect?.reasonCode).toBe(0x8e);
  await until(
    'the routes to be gone',
    async () => (await a.metric('tributary_subscriptions')) === known - 1,
    { deadlineMs: promptMs },
  );
  publisher.send(publishPacket(topic, 'late', 1, 9_999));
  await publisher.take('puback', ({ messageId }) => messageId === 9_999);
  clean.send({ cmd: 'pingreq' });
  await clean.take('pingresp');
  expect(clean.packets.filter(({ cmd }) => cmd === 'publish')).toEqual([]);
  expect(await redis.client.exists(keys.queue(keys.partitionOf(id), id))).toBe(0);
  await Promise.all([publisher.leave(), clean.leave()]);
});
