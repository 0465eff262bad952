import { beforeAll, describe, expect, test } from 'vitest';
import { Client } from '../conformance/support/client.ts';
import { untilAway } from '../conformance/support/sessions.ts';
import { connected, publishAll, type ConnectOptions } from '../support/mqtt-clients.ts';
import { PlainDevice } from '../support/plain.ts';
import { freshId, useStage } from '../support/stage.ts';
import { keys } from '../support/streams.ts';
import { until } from '../support/until.ts';

const count = 5_000;
const stage = useStage();

beforeAll(async () => {
  const publisher = await Client.open(stage.gateway, 'tcp', 5);
  await publisher.greet(freshId('publisher'));
  await publishAll(
    publisher,
    Array.from({ length: count }, (_, n) => ({
      topic: `fleet/${n}/state`,
      payload: `state ${n}`,
      retain: true,
    })),
  );
  publisher.drop();
}, 120_000);

/** Every retained message once, as it was kept. */
function expectAll(messages: readonly { topic: string; payload: string | Buffer }[]): void {
  const payloads = new Map(messages.map(({ topic, payload }) => [topic, String(payload)]));
  expect(messages).toHaveLength(count);
  expect(payloads.size).toBe(count);
  for (let n = 0; n < count; n++) expect(payloads.get(`fleet/${n}/state`)).toBe(`state ${n}`);
}

/** A device that pings for as long as `work` takes; each ping is answered before the next. */
async function whilePinging(work: () => Promise<void>): Promise<number> {
  const device = await connected(stage.gateway);
  let isDone = false;
  const pinging = (async () => {
    let pings = 0;
    for (; !isDone; pings++) await device.nothingMore();
    return pings;
  })();
  try {
    await work();
  } finally {
    isDone = true;
  }
  return pinging;
}

/** Takes all, never with more unacknowledged than the device allows. */
async function takeAll(device: Client, window: number): Promise<void> {
  const messages = [];
  let unacknowledged: number[] = [];
  while (messages.length < count) {
    const message = await device.expect('publish');
    expect([message.retain, message.dup]).toEqual([true, false]);
    messages.push(message);
    if (message.qos === 0) continue;
    unacknowledged.push(message.messageId ?? 0);
    expect(new Set(unacknowledged).size).toBeLessThanOrEqual(window);
    if (unacknowledged.length < window && messages.length < count) continue;
    for (const messageId of unacknowledged) device.send({ cmd: 'puback', messageId });
    unacknowledged = [];
  }
  await device.nothingMore();
  expectAll(messages);
}

const sessions: [kind: string, more: ConnectOptions][] = [
  ['ordinary', {}],
  ['persistent', { clean: false, properties: { sessionExpiryInterval: 300 } }],
];

describe.each(sessions)('one wildcard SUBSCRIBE of a device with an %s session', (_, more) => {
  test.each([
    [0, 65_535],
    [1, 65_535],
    [1, 7],
  ] as const)(
    `brings all ${count} retained messages at QoS %i with a Receive Maximum of %i, and nobody waits for that`,
    async (qos, receiveMaximum) => {
      const { properties = {}, ...connect } = more;
      const device = await connected(stage.gateway, {
        ...connect,
        properties: { ...properties, receiveMaximum },
      });
      const window = Math.min(receiveMaximum, 64);
      const pings = await whilePinging(async () => {
        expect((await device.subscribe('fleet/#', qos)).granted).toEqual([qos]);
        await takeAll(device, window);
      });
      expect(pings).toBeGreaterThan(1);
      const { clientId } = device;
      const queue = keys.queue(keys.partitionOf(clientId), clientId);
      await until('the queue to be empty', async () => (await stage.redis.client.xlen(queue)) === 0);
    },
  );
});

test('what a persistent session was not sent when its connection ended are there on return, each once', async () => {
  const clientId = freshId('leaver');
  const connect: ConnectOptions = {
    clientId,
    clean: false,
    properties: { sessionExpiryInterval: 300, receiveMaximum: 10 },
  };
  const device = await connected(stage.gateway, connect);
  await device.subscribe('fleet/+/state', 1);
  const seen: string[] = [];
  for (let n = 0; n < 10; n++) seen.push((await device.expect('publish')).topic);
  device.drop();
  await untilAway(stage, clientId);
  const again = await connected(stage.gateway, connect);
  expect(again.connack.sessionPresent).toBe(true);
  const topics: string[] = [];
  while (topics.length < count) topics.push((await again.receive()).topic);
  expect(topics.slice(0, 10)).toEqual(seen);
  expect(new Set(topics).size).toBe(count);
});

test('a plain device gets them all, with id and without', async () => {
  for (const qos of [0, 1]) {
    const device = await PlainDevice.hello(stage.gateway.wsUrl('/ws'), freshId('plain'));
    device.send({ type: 'subscribe', id: 1, topics: [{ filter: 'fleet/+/state', qos }] });
    let acknowledged = 0;
    await until(
      () => `${count} messages; there are ${acknowledged}`,
      () => {
        const messages = device.frames.filter(({ type }) => type === 'message');
        for (const { id } of messages.slice(acknowledged)) if (qos === 1) device.send({ type: 'ack', id });
        acknowledged = messages.length;
        return messages.length >= count;
      },
      { deadlineMs: 25_000 },
    );
    const messages = device.frames.filter(({ type }) => type === 'message');
    expect(messages.every(({ retain }) => retain === true)).toBe(true);
    expectAll(messages.map(({ topic, payload }) => ({ topic: String(topic), payload: String(payload) })));
    await device.leave();
  }
});

test('an UNSUBSCRIBE in between is answered at once, and what was begun does not stop the connection', async () => {
  const device = await connected(stage.gateway, { properties: { receiveMaximum: 5 } });
  await device.subscribe('fleet/#', 1);
  for (let n = 0; n < 5; n++) await device.expect('publish');
  expect((await device.unsubscribe('fleet/#')).granted).toEqual([0]);
  await device.nothingMore();
});

test('a newer message of a topic comes behind its retained one [MQTT-4.6.0-5]', async () => {
  const device = await connected(stage.gateway, { properties: { receiveMaximum: 20 } });
  const publisher = await connected(stage.gateway);
  await device.subscribe('fleet/#', 1);
  const topic = `fleet/${count - 1}/state`;
  await publisher.publish(topic, 'newer', 1);
  const payloads: string[] = [];
  while (!payloads.includes('newer')) {
    const message = await device.receive();
    if (message.topic === topic) payloads.push(String(message.payload));
  }
  expect(payloads).toEqual([`state ${count - 1}`, 'newer']);
});

describe('large retained messages', () => {
  const large = 40;
  const payloadBytes = 200_000;
  beforeAll(async () => {
    const publisher = await Client.open(stage.gateway, 'tcp', 5);
    await publisher.greet(freshId('publisher'));
    for (let n = 0; n < large; n++)
      await publisher.publish(`large/${n}`, Buffer.alloc(payloadBytes, n), 1, { retain: true });
    publisher.drop();
  }, 60_000);

  test.each(sessions.flatMap(([kind, more]) => ([0, 1] as const).map((qos) => [kind, qos, more] as const)))(
    'that are together above every limit of a connection and a queue arrive complete (%s session, QoS %i)',
    async (_, qos, more) => {
      const device = await connected(stage.gateway, more);
      await device.subscribe('large/+', qos);
      const topics = new Set<string>();
      for (let n = 0; n < large; n++) {
        const { topic, payload } = await device.receive();
        const kept = Buffer.alloc(payloadBytes, Number(topic.split('/')[1]));
        expect(kept.equals(payload as Buffer)).toBe(true);
        topics.add(topic);
      }
      expect(topics.size).toBe(large);
      await device.nothingMore();
    },
  );
});
