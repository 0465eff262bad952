import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Client } from '../conformance/support/client.ts';
import { cutOff, goAway, untilAway } from '../conformance/support/sessions.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { codesOf, connected, publishAll, staying } from '../support/mqtt-clients.ts';
import { PlainDevice } from '../support/plain.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { keys } from '../support/streams.ts';
import { until } from '../support/until.ts';

let redis: RedisServer;
let here: Gateway;
let there: Gateway;

beforeAll(async () => {
  redis = await startRedis();
  here = await startGateway({ redisUrl: redis.url, nodeId: 'gw-1' });
  there = await startGateway({ redisUrl: redis.url, nodeId: 'gw-2' });
});
afterAll(async () => {
  expect(await here.stop()).toBe(0);
  expect(await there.stop()).toBe(0);
  await redis.stop();
});

const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `m${n + 1}`);
const subscriptions = (gateway: Gateway): Promise<number> => gateway.metric('tributary_subscriptions');

/** Does something that changes what nodes know of subscriptions, and waits until `gateway` knows. */
async function known(gateway: Gateway, by: number, change: () => Promise<unknown>): Promise<void> {
  const before = await subscriptions(gateway);
  await change();
  await until('the other node to know', async () => (await subscriptions(gateway)) === before + by);
}

test('a device is told at once of what another node queues for it, however much that is, in order', async () => {
  const device = await connected(there, staying(freshId('remote')));
  await known(here, 1, () => device.subscribe(device.clientId, 1));
  const publisher = await connected(here);
  const payloads = numbered(500);
  const from = performance.now();
  await publishAll(
    publisher,
    payloads.map((payload) => ({ topic: device.clientId, payload })),
  );
  expect(await device.receivePayloads(500)).toEqual(payloads);
  // The queues are looked at twice a minute anyhow: that is not what brought them.
  expect(performance.now() - from).toBeLessThan(25_000);
  await device.nothingMore();
});

test('single messages of another node come as they are published', async () => {
  const device = await connected(there, staying(freshId('remote')));
  await known(here, 1, () => device.subscribe(device.clientId, 2));
  const publisher = await connected(here);
  for (const [n, payload] of numbered(30).entries()) {
    await codesOf(publisher, device.clientId, [payload], n % 2 === 0 ? 1 : 2);
    expect(await device.receivePayloads(1)).toEqual([payload]);
  }
});

test('messages of both nodes at once all come, each publisher’s in order', async () => {
  const device = await connected(there, { ...staying(freshId('remote')), ...{ keepalive: 60 } });
  await known(here, 1, () => device.subscribe(device.clientId, 1));
  const publishers = [await connected(here), await connected(there), await connected(here)];
  await Promise.all(
    publishers.map((publisher, p) =>
      publishAll(
        publisher,
        numbered(100).map((payload) => ({ topic: device.clientId, payload: `${p} ${payload}` })),
      ),
    ),
  );
  const all = await device.receivePayloads(300);
  for (const p of [0, 1, 2])
    expect(all.filter((payload) => payload.startsWith(`${p} `))).toEqual(
      numbered(100).map((payload) => `${p} ${payload}`),
    );
  await device.nothingMore();
});

test('a device that is away finds what all nodes queued for it, wherever it comes back', async () => {
  const id = freshId('traveller');
  const device = await connected(there, staying(id));
  await known(here, 1, () => device.subscribe(id, 1));
  await goAway({ redis }, device);
  await codesOf(await connected(here), id, ['from here'], 1);
  await codesOf(await connected(there), id, ['from there'], 1);
  const again = await connected(here, staying(id));
  expect(again.connack.sessionPresent).toBe(true);
  expect(await again.receivePayloads(2)).toEqual(['from here', 'from there']);
  await codesOf(await connected(there), id, ['afterwards'], 1);
  expect(await again.receivePayloads(1)).toEqual(['afterwards']);
});

test('a session that moves to another node takes along what was not acknowledged, QoS 2 exchanges included', async () => {
  const id = freshId('mover');
  const device = await connected(here, staying(id));
  await device.subscribe(id, 2);
  const publisher = await connected(here);
  await codesOf(publisher, id, ['one'], 1);
  await codesOf(publisher, id, ['two', 'three'], 2);
  const [one, two, three] = [
    await device.expect('publish'),
    await device.expect('publish'),
    await device.expect('publish'),
  ];
  device.send({ cmd: 'pubrec', messageId: two.messageId ?? 0 });
  await device.expect('pubrel');
  const again = await connected(there, staying(id));
  await device.disconnectedWith(0x8e);
  expect((await again.expect('pubrel')).messageId).toBe(two.messageId);
  again.send({ cmd: 'pubcomp', messageId: two.messageId ?? 0 });
  for (const original of [one, three]) {
    const { payload, messageId, dup } = await again.receive();
    expect([String(payload), messageId, dup]).toEqual([String(original.payload), original.messageId, true]);
  }
  await again.nothingMore();
});

test('a subscription that ends is forgotten by every node: by UNSUBSCRIBE, by Clean Start, and with its session', async () => {
  const publisher = await connected(here);
  const queued = (): Promise<number> => here.metric('tributary_messages_queued_total');
  const ends: ((device: Client) => Promise<unknown>)[] = [
    (device) => device.unsubscribe(device.clientId),
    (device) => connected(there, { clientId: device.clientId }),
    async (device) => {
      await device.leave({ properties: { sessionExpiryInterval: 0 } });
      await untilAway({ redis }, device.clientId);
    },
  ];
  for (const end of ends) {
    const device = await connected(there, staying(freshId('ending')));
    await known(here, 1, () => device.subscribe(device.clientId, 1));
    await known(here, -1, () => end(device));
    const before = await queued();
    await codesOf(publisher, device.clientId, ['not wanted'], 1);
    expect(await queued()).toBe(before);
  }
});

test('retained messages that one node keeps are known to all, and so is that they are gone', async () => {
  const topic = freshId('kept');
  const count = (gateway: Gateway): Promise<number> => gateway.metric('tributary_retained_messages');
  const before = await count(there);
  const publisher = await connected(here);
  await publisher.publish(topic, 'on', 1, { retain: true });
  await until('the other node to know', async () => (await count(there)) === before + 1);
  const device = await connected(there);
  await device.subscribe(topic, 1);
  expect(await device.receivePayloads(1)).toEqual(['on']);
  await publisher.publish(topic, 'off', 1, { retain: true });
  const later = await connected(there);
  await later.subscribe(topic, 1);
  expect(await later.receivePayloads(1)).toEqual(['off']);
  await publisher.publish(topic, '', 1, { retain: true });
  await until('the other node to know', async () => (await count(there)) === before);
});

test('a plain device is told at once of what another node queues for it', async () => {
  const id = freshId('plain');
  const device = await PlainDevice.hello(there.wsUrl('/ws'), id, { cleanStart: false, expiry: 300 });
  device.send({ type: 'subscribe', id: 1, topics: [{ filter: id }] });
  await device.take('subscribed');
  const publisher = await connected(here);
  await until('the other node to know', async () => {
    await codesOf(publisher, id, ['hello'], 1);
    return device.frames.some(({ type }) => type === 'message');
  });
  await device.leave();
});

test('a session that comes back while another node queues for it misses nothing', async () => {
  const id = freshId('flapping');
  const first = await connected(there, staying(id));
  await known(here, 1, () => first.subscribe(id, 1));
  await cutOff({ redis }, first);
  const publisher = await connected(here);
  const payloads = numbered(300);
  const publishing = publishAll(
    publisher,
    payloads.map((payload) => ({ topic: id, payload })),
  );
  const seen: string[] = [];
  for (let round = 0; new Set(seen).size < 300; round++) {
    const device = await connected(round % 2 === 0 ? there : here, staying(id));
    // Takes some, and breaks.
    for (let n = 0; n < 40 && new Set(seen).size < 300; n++) seen.push(...(await device.receivePayloads(1)));
    await cutOff({ redis }, device);
  }
  await publishing;
  expect([...new Set(seen)]).toEqual(payloads);
  const queue = keys.queue(keys.partitionOf(id), id);
  await until('an empty queue', async () => (await redis.client.xlen(queue)) === 0);
});
