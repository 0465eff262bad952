import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '../conformance/support/client.ts';
import { goAway, untilAway } from '../conformance/support/sessions.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { connected, staying } from '../support/mqtt-clients.ts';
import { PlainDevice } from '../support/plain.ts';
import { publishPacket } from '../support/raw-mqtt.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { isEnqueue, isMessage, isQueueRead, isSettle } from '../support/resp-faults.ts';
import { RespProxy } from '../support/resp-proxy.ts';
import { freshId } from '../support/stage.ts';
import { keys } from '../support/streams.ts';
import { until } from '../support/until.ts';

const storeUnavailable = 0x89;
const replyTimeoutMs = 1000;

let redis: RedisServer;
let proxy: RespProxy;
let gateway: Gateway;

beforeAll(async () => {
  redis = await startRedis({ aof: true });
  proxy = await RespProxy.start(redis.port);
  gateway = await startGateway({ redisUrl: proxy.url, config: { redis: { replyTimeoutMs } } });
});
afterEach(() => {
  proxy.counts = isMessage;
  proxy.open();
});
afterAll(async () => {
  expect(await gateway.stop()).toBe(0);
  await proxy.stop();
  await redis.stop();
});

const outages: [how: string, away: () => Promise<unknown>, back: () => Promise<unknown>][] = [
  ['hangs', () => Promise.resolve(proxy.freeze()), () => Promise.resolve(proxy.thaw())],
  ['is killed', () => redis.kill(), () => redis.start()],
];

/** Redis goes away, and the node has noticed. */
async function away(goAwayNow: () => Promise<unknown>): Promise<void> {
  await goAwayNow();
  await gateway.until(503);
}

async function back(comeBack: () => Promise<unknown>): Promise<void> {
  await comeBack();
  await gateway.until(200);
}

const queueOf = (clientId: string): string => keys.queue(keys.partitionOf(clientId), clientId);
const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `m${n + 1}`);

/** The acknowledgements of messages that were sent, in their order. */
async function acknowledged(publisher: Client, ids: readonly number[], qos: 1 | 2): Promise<void> {
  for (const id of ids) {
    const answer = await publisher.take(qos === 1 ? 'puback' : 'pubrec', () => true, 20_000);
    expect([answer.messageId, answer.reasonCode ?? 0]).toEqual([id, 0]);
    if (qos === 2) publisher.send({ cmd: 'pubrel', messageId: id });
  }
  if (qos === 2) for (const _ of ids) await publisher.take('pubcomp', () => true, 20_000);
}

describe.each(outages)('while Redis %s', (_, goAwayNow, comeBack) => {
  test.each([1, 2] as const)(
    'messages at QoS %i wait unacknowledged, and reach everybody when it is back, in order',
    async (qos) => {
      const topic = freshId('outage');
      const absent = await connected(gateway, staying(freshId('absent')));
      const present = await connected(gateway, staying(freshId('present')));
      const ordinary = await connected(gateway);
      for (const client of [absent, present, ordinary]) await client.subscribe(topic, 2);
      await goAway({ redis }, absent);
      const publisher = await connected(gateway);
      await publisher.publish(topic, 'before', qos);
      await away(goAwayNow);
      const payloads = numbered(20);
      const ids = payloads.map(() => publisher.nextPacketId());
      publisher.send(...payloads.map((payload, n) => publishPacket(topic, payload, qos, ids[n])));
      await publisher.nothingMore();
      await back(comeBack);
      await acknowledged(publisher, ids, qos);
      const expected = ['before', ...payloads];
      expect(await present.receivePayloads(21)).toEqual(expected);
      expect(await ordinary.receivePayloads(21)).toEqual(expected);
      const again = await connected(gateway, staying(absent.clientId));
      expect(await again.receivePayloads(21)).toEqual(expected);
      for (const client of [present, ordinary, again]) await client.nothingMore();
    },
    90_000,
  );

  test('what a device acknowledges is not sent again when it comes back after it', async () => {
    const clientId = freshId('acknowledging');
    const device = await connected(gateway, staying(clientId));
    await device.subscribe(clientId, 2);
    const publisher = await connected(gateway);
    await publisher.publish(clientId, 'one', 1);
    await publisher.publish(clientId, 'two', 2);
    await publisher.publish(clientId, 'three', 1);
    const [one, two] = [
      await device.expect('publish'),
      await device.expect('publish'),
      await device.expect('publish'),
    ];
    await away(goAwayNow);
    device.send({ cmd: 'puback', messageId: one.messageId ?? 0 });
    device.send({ cmd: 'pubrec', messageId: two.messageId ?? 0 });
    // PUBREL says that the message will not come again: not before Redis knows.
    await device.nothingMore();
    await back(comeBack);
    expect((await device.take('pubrel', () => true, 20_000)).messageId).toBe(two.messageId);
    device.drop();
    await untilAway({ redis }, clientId);
    const again = await connected(gateway, staying(clientId));
    expect((await again.expect('pubrel')).messageId).toBe(two.messageId);
    const { payload, dup } = await again.receive();
    expect([String(payload), dup]).toEqual(['three', true]);
    await again.nothingMore();
  }, 90_000);

  test('SUBSCRIBE and UNSUBSCRIBE of a session that stays end its connection: it asks again', async () => {
    const clientId = freshId('subscribing');
    const device = await connected(gateway, staying(clientId));
    await device.subscribe('held', 1);
    const leaving = await connected(gateway, staying(freshId('leaving')));
    await leaving.subscribe('held', 1);
    const old = await connected(gateway, staying(freshId('old'), 300, 4));
    await away(goAwayNow);
    device.send({ cmd: 'subscribe', messageId: 7, subscriptions: [{ topic: 'asked', qos: 1 }] });
    await device.disconnectedWith(storeUnavailable);
    leaving.send({ cmd: 'unsubscribe', messageId: 7, unsubscriptions: ['held'] });
    await leaving.disconnectedWith(storeUnavailable);
    old.send({ cmd: 'subscribe', messageId: 7, subscriptions: [{ topic: 'asked', qos: 1 }] });
    await old.closedSilently();
    await back(comeBack);
    await untilAway({ redis }, clientId);
    const again = await connected(gateway, staying(clientId));
    expect(again.connack.sessionPresent).toBe(true);
    expect((await again.subscribe('asked', 1)).granted).toEqual([1]);
    await again.publish('asked', 'x', 1);
    await again.publish('held', 'y', 1);
    expect(await again.receivePayloads(2)).toEqual(['x', 'y']);
    await again.nothingMore();
  }, 90_000);

  test('a plain device that subscribes with a session that stays is told to come later', async () => {
    const device = await PlainDevice.hello(gateway.wsUrl('/ws'), freshId('plain'), { expiry: 300 });
    await away(goAwayNow);
    device.send({ type: 'subscribe', id: 1, topics: [{ filter: 'a' }] });
    expect(await device.end()).toBe(1013);
    expect(device.frames.at(-1)).toMatchObject({ type: 'bye', reason: 'store-unavailable', retry: 'later' });
    await back(comeBack);
  }, 90_000);

  test('a session that ends with its connection may subscribe: nothing of that is in Redis', async () => {
    const device = await connected(gateway);
    const publisher = await connected(gateway);
    await away(goAwayNow);
    const topic = freshId('t');
    expect((await device.subscribe(topic, 1)).granted).toEqual([1]);
    publisher.send(publishPacket(topic, 'waits', 1, 1));
    await publisher.nothingMore();
    await back(comeBack);
    await publisher.take('puback', () => true, 20_000);
    expect(await device.receivePayloads(1)).toEqual(['waits']);
    expect((await device.unsubscribe(topic)).granted).toEqual([0]);
  }, 90_000);

  test('retained messages that a new subscription asks for come when it is back', async () => {
    const publisher = await connected(gateway);
    const topic = freshId('kept');
    for (const n of [1, 2, 3]) await publisher.publish(`${topic}/${n}`, String(n), 1, { retain: true });
    const device = await connected(gateway);
    await away(goAwayNow);
    expect((await device.subscribe(`${topic}/+`, 1)).granted).toEqual([1]);
    await device.nothingMore();
    await back(comeBack);
    const payloads = [];
    for (let n = 0; n < 3; n++) {
      const message = await device.take('publish', () => true, 20_000);
      await device.accept(message);
      payloads.push(String(message.payload));
    }
    expect(payloads.toSorted()).toEqual(['1', '2', '3']);
    await device.nothingMore();
  }, 90_000);
});

describe('a link that breaks under one command', () => {
  const outcomes = ['executed', 'lost'] as const;

  /** The next command of a kind is the last of its connection. */
  function breakAt(kind: typeof isEnqueue, outcome: (typeof outcomes)[number]): void {
    proxy.counts = kind;
    proxy.struck.length = 0;
    proxy.open((position) => (position === 0 ? { kind: 'cut', outcome } : undefined));
  }

  test.each(outcomes)(
    'that queues a message (%s): it is acknowledged once it is queued, QoS 2 once',
    async (outcome) => {
      const device = await connected(gateway, staying(freshId('queued')));
      await device.subscribe(device.clientId, 2);
      const publisher = await connected(gateway);
      breakAt(isEnqueue, outcome);
      publisher.send(publishPacket(device.clientId, 'twice at most', 1, 1));
      await publisher.take('puback', () => true, 20_000);
      expect(proxy.struck).toHaveLength(1);
      breakAt(isEnqueue, outcome);
      publisher.send(publishPacket(device.clientId, 'once', 2, 2));
      await acknowledged(publisher, [2], 2);
      expect(proxy.struck).toHaveLength(1);
      const payloads = await device.receivePayloads(outcome === 'executed' ? 3 : 2);
      expect(payloads).toEqual([
        ...Array.from({ length: outcome === 'executed' ? 2 : 1 }, () => 'twice at most'),
        'once',
      ]);
      await device.nothingMore();
    },
  );

  test.each(outcomes)('that strikes off what was acknowledged (%s): it is struck off', async (outcome) => {
    const clientId = freshId('settled');
    const device = await connected(gateway, staying(clientId));
    await device.subscribe(clientId, 2);
    const publisher = await connected(gateway);
    await publisher.publish(clientId, 'one', 1);
    await publisher.publish(clientId, 'two', 2);
    const [one, two] = [await device.expect('publish'), await device.expect('publish')];
    breakAt(isSettle, outcome);
    device.send({ cmd: 'puback', messageId: one.messageId ?? 0 });
    device.send({ cmd: 'pubrec', messageId: two.messageId ?? 0 });
    await device.take('pubrel', () => true, 20_000);
    device.send({ cmd: 'pubcomp', messageId: two.messageId ?? 0 });
    expect(proxy.struck).toHaveLength(1);
    await until('an empty queue', async () => (await redis.client.xlen(queueOf(clientId))) === 0);
    await gateway.until(200);
    await goAway({ redis }, device);
    const again = await connected(gateway, staying(clientId));
    await again.nothingMore();
    expect(await redis.client.hget(keys.session(keys.partitionOf(clientId), clientId), 'qbytes')).toMatch(
      /^0?$/,
    );
  });

  test.each(outcomes)('that reads a queue (%s): it is read again', async (outcome) => {
    const clientId = freshId('read');
    const device = await connected(gateway, staying(clientId));
    await device.subscribe(clientId, 1);
    await goAway({ redis }, device);
    const publisher = await connected(gateway);
    for (const payload of numbered(5)) await publisher.publish(clientId, payload, 1);
    breakAt(isQueueRead, outcome);
    const again = await connected(gateway, staying(clientId));
    const payloads = [];
    for (let n = 0; n < 5; n++) {
      const message = await again.take('publish', () => true, 20_000);
      await again.accept(message);
      payloads.push(String(message.payload));
    }
    expect(proxy.struck).toHaveLength(1);
    expect(payloads).toEqual(numbered(5));
    await again.nothingMore();
  });
});

test('what Redis refuses to queue is not acknowledged: the publisher is closed, and repeats it', async () => {
  const device = await connected(gateway, staying(freshId('refused')));
  await device.subscribe(device.clientId, 1);
  const publisher = await connected(gateway);
  proxy.counts = isEnqueue;
  proxy.open((position) =>
    position === 0 ? { kind: 'error', reply: '-OOM command not allowed when used memory' } : undefined,
  );
  publisher.send(publishPacket(device.clientId, 'refused', 1, 1));
  await publisher.disconnectedWith(0x83);
  const again = await connected(gateway);
  await again.publish(device.clientId, 'refused', 1);
  expect(await device.receivePayloads(1)).toEqual(['refused']);
});
