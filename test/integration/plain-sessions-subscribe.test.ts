import { describe, expect, test } from 'vitest';
import { connected } from '../support/mqtt-clients.ts';
import { PlainDevice, type Frame } from '../support/plain.ts';
import { freshId, useStage } from '../support/stage.ts';
import { ownerOf, uplinkOf } from '../support/streams.ts';
import { until } from '../support/until.ts';

const stage = useStage({ config: { limits: { maxSubscriptions: 5 } } });
const hello = (id = freshId('plain'), more: Record<string, unknown> = {}): Promise<PlainDevice> =>
  PlainDevice.hello(stage.gateway.wsUrl('/ws'), id, more);

let ids = 0;

/** The answer to `subscribe`. */
async function subscribe(device: PlainDevice, ...topics: (string | object)[]): Promise<unknown> {
  const id = ++ids;
  const wanted = topics.map((topic) => (typeof topic === 'string' ? { filter: topic } : topic));
  device.send({ type: 'subscribe', id, topics: wanted });
  return (await device.take('subscribed', (frame) => frame['id'] === id))['granted'];
}

/** The answer to `unsubscribe`. */
async function unsubscribe(device: PlainDevice, ...topics: string[]): Promise<unknown> {
  const id = ++ids;
  device.send({ type: 'unsubscribe', id, topics });
  return (await device.take('unsubscribed', (frame) => frame['id'] === id))['removed'];
}

/** The next message, acknowledged if it has an id. */
async function receive(device: PlainDevice): Promise<Frame> {
  const message = await device.take('message');
  if (message['id'] !== undefined) device.send({ type: 'ack', id: message['id'] });
  return message;
}

/** Nothing came but what was taken: a pong is the next answer. */
async function nothingMore(device: PlainDevice): Promise<void> {
  const before = device.frames.filter(({ type }) => type === 'message').length;
  device.send({ type: 'ping' });
  await device.take('pong');
  expect(device.frames.filter(({ type }) => type === 'message')).toHaveLength(before);
}

async function publish(
  device: PlainDevice,
  topic: string,
  payload: unknown,
  more: object = {},
): Promise<void> {
  const id = ++ids;
  device.send({ type: 'publish', id, topic, payload, ...more });
  await device.take('ack', (frame) => frame['id'] === id);
}

describe('subscribe', () => {
  test('is granted QoS 1 unless it asks for 0, and messages come with an id or without', async () => {
    const device = await hello();
    const base = freshId('t');
    expect(await subscribe(device, `${base}/one`, { filter: `${base}/zero`, qos: 0 })).toEqual([1, 0]);
    const publisher = await hello();
    await publish(publisher, `${base}/one`, 'a');
    await publish(publisher, `${base}/zero`, 'b');
    const [first, second] = [await receive(device), await receive(device)];
    const byTopic = new Map([first, second].map((message) => [message['topic'], message]));
    expect(byTopic.get(`${base}/one`)).toEqual({
      type: 'message',
      id: expect.any(Number) as number,
      topic: `${base}/one`,
      payload: 'a',
    });
    expect(byTopic.get(`${base}/zero`)).toEqual({ type: 'message', topic: `${base}/zero`, payload: 'b' });
    for (const one of [device, publisher]) await one.leave();
  });

  test('refuses each filter that is none, and goes on', async () => {
    const device = await hello();
    const granted = await subscribe(
      device,
      'a/#/b',
      '',
      'a+',
      '$share/g',
      '$share//x',
      'ok',
      'x'.repeat(1025),
    );
    expect(granted).toEqual([
      ...Array.from({ length: 5 }, () => 'topic-filter-invalid'),
      1,
      'topic-filter-invalid',
    ]);
    await device.leave();
  });

  test('refuses more filters than a session may have', async () => {
    const device = await hello();
    const five = ['q/1', 'q/2', 'q/3', 'q/4', 'q/5'];
    expect(await subscribe(device, ...five)).toEqual([1, 1, 1, 1, 1]);
    expect(await subscribe(device, 'q/6', 'q/5')).toEqual(['quota-exceeded', 1]);
    expect(await unsubscribe(device, 'q/1')).toEqual([true]);
    expect(await subscribe(device, 'q/6')).toEqual([1]);
    await device.leave();
  });

  test('with noLocal does not bring what the device itself publishes', async () => {
    const device = await hello();
    const topic = freshId('t');
    await subscribe(device, { filter: topic, noLocal: true });
    const other = await hello();
    await publish(device, topic, 'mine');
    await publish(other, topic, 'theirs');
    expect((await receive(device))['payload']).toBe('theirs');
    await nothingMore(device);
    for (const one of [device, other]) await one.leave();
  });

  test('the same filter again replaces the subscription', async () => {
    const device = await hello();
    const topic = freshId('t');
    await subscribe(device, topic);
    expect(await subscribe(device, { filter: topic, qos: 0 })).toEqual([0]);
    await publish(device, topic, 'x');
    expect((await receive(device))['id']).toBeUndefined();
    await nothingMore(device);
    await device.leave();
  });

  test('of overlapping filters brings a message once, at the highest QoS', async () => {
    const device = await hello();
    const base = freshId('t');
    await subscribe(device, { filter: `${base}/#`, qos: 0 }, { filter: `${base}/+`, qos: 1 });
    await publish(device, `${base}/a`, 'x');
    expect((await receive(device))['id']).toEqual(expect.any(Number));
    await nothingMore(device);
    await device.leave();
  });

  test('a field that is missing or wrong ends the connection', async () => {
    const wrong: Frame[] = [
      { type: 'subscribe', topics: [{ filter: 'a' }] },
      { type: 'subscribe', id: 1, topics: [] },
      { type: 'subscribe', id: 1, topics: ['a'] },
      { type: 'subscribe', id: 1, topics: [{ filter: 'a', qos: 2 }] },
      { type: 'subscribe', id: 1, topics: [{ filter: '$share/g/a', noLocal: true }] },
      { type: 'unsubscribe', id: 1, topics: [] },
      { type: 'ack' },
      { type: 'ack', id: 'x' },
    ];
    for (const frame of wrong) {
      const device = await hello();
      device.send(frame);
      expect(await device.end(), JSON.stringify(frame)).toBe(1002);
      expect(device.frames.at(-1)).toMatchObject({ type: 'bye', reason: 'protocol-error' });
    }
  });
});

describe('unsubscribe', () => {
  test('says of each filter whether there was such a subscription', async () => {
    const device = await hello();
    const base = freshId('t');
    await subscribe(device, `${base}/a`, `${base}/b`);
    expect(await unsubscribe(device, `${base}/a`, `${base}/x`, `${base}/a`)).toEqual([true, false, false]);
    await publish(device, `${base}/a`, 'not wanted');
    await publish(device, `${base}/b`, 'wanted');
    expect((await receive(device))['payload']).toBe('wanted');
    await nothingMore(device);
    await device.leave();
  });
});

describe('message', () => {
  test('comes from MQTT and goes to it, with all that is beside it', async () => {
    const plain = await hello();
    const mqtt = await connected(stage.gateway);
    const base = freshId('t');
    await subscribe(plain, `${base}/to-plain`);
    await mqtt.subscribe(`${base}/to-mqtt`, 1);
    await mqtt.publish(`${base}/to-plain`, 'from MQTT', 1, {
      properties: {
        ...{ contentType: 'text/x', responseTopic: 're', correlationData: Buffer.from([1, 2]) },
        ...{ messageExpiryInterval: 100, userProperties: { k: ['1', '2'] } },
      },
    });
    expect(await receive(plain)).toMatchObject({
      ...{ payload: 'from MQTT', contentType: 'text/x', responseTopic: 're', correlation: 'AQI=' },
      user: [
        ['k', '1'],
        ['k', '2'],
      ],
      expiry: expect.any(Number) as number,
    });
    const beside = { contentType: 'application/json', responseTopic: 're', correlation: 'AQI=', expiry: 100 };
    await publish(plain, `${base}/to-mqtt`, { on: true }, beside);
    const { payload, properties } = await mqtt.receive();
    expect(String(payload)).toBe('{"on":true}');
    expect(properties).toMatchObject({
      ...{ contentType: 'application/json', responseTopic: 're', correlationData: Buffer.from([1, 2]) },
    });
    expect(properties?.messageExpiryInterval).toBeGreaterThan(95);
    await plain.leave();
  });

  test('with bytes that are no UTF-8 comes as base64', async () => {
    const plain = await hello();
    const mqtt = await connected(stage.gateway);
    const topic = freshId('t');
    await subscribe(plain, topic);
    await mqtt.publish(topic, Buffer.from([0xff, 0xfe, 0]), 1);
    expect(await receive(plain)).toMatchObject({ payload: '//4A', encoding: 'base64' });
    await publish(plain, topic, '//4A', { encoding: 'base64' });
    expect(await receive(plain)).toMatchObject({ payload: '//4A', encoding: 'base64' });
    await plain.leave();
  });

  test('of QoS 2 comes once, with an id', async () => {
    const plain = await hello();
    const mqtt = await connected(stage.gateway);
    const topic = freshId('t');
    await subscribe(plain, topic);
    await mqtt.publish(topic, 'x', 2);
    expect(await receive(plain)).toMatchObject({ id: expect.any(Number) as number, payload: 'x' });
    await nothingMore(plain);
    await plain.leave();
  });

  test('comes in order, and no more of them unacknowledged than the gateway allows', async () => {
    const device = await hello();
    const publisher = await connected(stage.gateway);
    const topic = freshId('t');
    await subscribe(device, topic);
    const payloads = Array.from({ length: 200 }, (_, n) => `m${n}`);
    for (const payload of payloads) await publisher.publish(topic, payload, 1);
    await until('a full window', () => device.frames.filter(({ type }) => type === 'message').length >= 64);
    device.send({ type: 'ping' });
    await device.take('pong');
    expect(device.frames.filter(({ type }) => type === 'message')).toHaveLength(64);
    const seen: unknown[] = [];
    for (let n = 0; n < 200; n++) seen.push((await receive(device))['payload']);
    expect(seen).toEqual(payloads);
    await device.leave();
  });

  test('that is acknowledged twice, or was never sent, is no matter', async () => {
    const device = await hello();
    const topic = freshId('t');
    await subscribe(device, topic);
    await publish(device, topic, 'x');
    const { id } = await receive(device);
    for (const other of [id, 4711]) device.send({ type: 'ack', id: other });
    await nothingMore(device);
    await device.leave();
  });
});

describe('retained messages', () => {
  const keep = async (topic: string, payload: string): Promise<void> => {
    const publisher = await hello();
    await publish(publisher, topic, payload, { retain: true });
    await publisher.leave();
  };

  test('are kept by a plain device for plain devices and MQTT, replaced, and cleared by an empty payload', async () => {
    const topic = freshId('t');
    await keep(topic, 'one');
    await keep(topic, 'two');
    const device = await hello();
    await subscribe(device, topic);
    expect(await receive(device)).toMatchObject({ payload: 'two', retain: true });
    const mqtt = await connected(stage.gateway);
    await mqtt.subscribe(topic, 1);
    expect(String((await mqtt.receive()).payload)).toBe('two');
    await keep(topic, '');
    expect((await receive(device))['payload']).toBe('');
    const later = await hello();
    await subscribe(later, topic);
    await nothingMore(later);
    for (const one of [device, later]) await one.leave();
  });

  test.each([
    [0, 1, 1],
    [1, 1, 0],
    [2, 0, 0],
  ])(
    'with retainHandling %i come %i at first and %i when it is asked again',
    async (retainHandling, first, again) => {
      const topic = freshId('t');
      await keep(topic, 'kept');
      const device = await hello();
      for (const expected of [first, again]) {
        await subscribe(device, { filter: topic, retainHandling });
        if (expected === 1) expect(await receive(device)).toMatchObject({ payload: 'kept', retain: true });
        await nothingMore(device);
      }
      await device.leave();
    },
  );

  test('come without retain when they are published to a subscription that stands', async () => {
    const topic = freshId('t');
    const device = await hello();
    await subscribe(device, topic);
    await keep(topic, 'x');
    expect(await receive(device)).toEqual({
      ...{ type: 'message', id: expect.any(Number) as number, topic, payload: 'x' },
    });
    await device.leave();
  });
});

describe('shared subscriptions', () => {
  test('are shared with MQTT members, and nobody gets a message twice', async () => {
    const topic = freshId('t');
    const plain = await hello();
    const mqtt = await connected(stage.gateway);
    await subscribe(plain, `$share/g/${topic}`);
    await mqtt.subscribe(`$share/g/${topic}`, 1);
    const publisher = await connected(stage.gateway);
    for (let n = 0; n < 10; n++) await publisher.publish(topic, String(n), 1);
    const seen: string[] = [];
    for (let n = 0; n < 5; n++) {
      seen.push(String((await receive(plain))['payload']), String((await mqtt.receive()).payload));
    }
    expect(new Set(seen).size).toBe(10);
    await nothingMore(plain);
    await plain.leave();
  });
});

test('subscribe, publish and bye in one go: the subscription and the message are stored, and the session is gone', async () => {
  const id = freshId('quick');
  const device = await PlainDevice.open(stage.gateway.wsUrl('/ws'));
  device.send({ type: 'hello', clientId: id });
  device.send({ type: 'subscribe', id: 1, topics: [{ filter: 'quick' }] });
  device.send({ type: 'publish', id: 2, topic: 'quick', payload: 'x' });
  device.send({ type: 'bye' });
  expect(await device.end()).toBe(1000);
  await until('it to be away', async () => (await ownerOf(stage.redis.client, id)) === undefined);
  expect(await uplinkOf(stage.redis.client, id)).toHaveLength(1);
});
