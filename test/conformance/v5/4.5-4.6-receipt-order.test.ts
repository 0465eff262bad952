import { expect } from 'vitest';
import { publishBytes } from '../support/bytes.ts';
import type { Qos } from '../support/client.ts';
import { messagesBefore } from '../support/marker.ts';
import { useServer } from '../support/server.ts';
import { cutOff, lasting, sessionKinds } from '../support/sessions.ts';

const { overTransports } = useServer({ version: 5, config: { limits: { maxInflightUp: 200 } } });

const numbers = (count: number): string[] => Array.from({ length: count }, (_, n) => String(n));
const qualities: [qos: Qos][] = [[0], [1], [2]];

overTransports(
  'adds a message to the session of every client it matches, there or away [MQTT-4.5.0-1]',
  async (scene) => {
    const { connect, topic } = scene;
    const awayIds = [scene.id(), scene.id()];
    for (const id of awayIds) {
      const client = await connect(lasting(id));
      await client.subscribe(topic('+'), 2);
      await cutOff(scene, client);
    }
    const there = [await connect(), await connect(lasting(scene.id()))];
    for (const client of there) await client.subscribe(topic('#'), 2);
    const bystander = await connect();
    await bystander.subscribe(topic('other/+'), 2);
    const publisher = await connect();
    for (const qos of [1, 2] as const) await publisher.publish(topic('t'), `QoS ${qos}`, qos);
    for (const client of [...there, ...(await Promise.all(awayIds.map((id) => connect(lasting(id)))))])
      expect(await client.receivePayloads(2)).toEqual(['QoS 1', 'QoS 2']);
    expect(await messagesBefore(bystander, publisher, topic('other/t'), 2)).toEqual([]);
  },
);

overTransports(
  'the message is in the sessions when it is acknowledged: a subscriber that returns then has it [MQTT-4.5.0-1]',
  async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const first = await connect(lasting(id));
    await first.subscribe(topic(), 1);
    await cutOff(scene, first);
    const publisher = await connect();
    for (let n = 0; n < 5; n++) {
      await publisher.publish(topic(), String(n), 1);
      const back = await connect(lasting(id));
      expect(await back.receivePayloads(1)).toEqual([String(n)]);
      await back.nothingMore();
      await cutOff(scene, back);
    }
  },
);

overTransports.each(qualities)(
  'delivers the messages of a publisher in order at QoS %s, to those there and those away [MQTT-4.6.0-5] [MQTT-4.6.0-6]',
  async (scene, qos) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const away = await connect(lasting(id));
    await away.subscribe(topic(), qos);
    await cutOff(scene, away);
    const there = await connect();
    await there.subscribe(topic(), qos);
    const publisher = await connect();
    publisher.send(
      ...numbers(100).map((payload, n) =>
        publishBytes({
          topic: topic(),
          payload,
          qos,
          properties: [],
          ...(qos === 0 ? {} : { packetId: n + 1 }),
        }),
      ),
    );
    expect(await there.receivePayloads(100)).toEqual(numbers(100));
    if (qos === 0) return;
    const acknowledgement = qos === 1 ? 'puback' : 'pubrec';
    for (let n = 0; n < 100; n++) await publisher.expect(acknowledgement);
    expect(await (await connect(lasting(id))).receivePayloads(100)).toEqual(numbers(100));
  },
);

overTransports(
  'keeps the order when a subscriber leaves and returns among the messages [MQTT-4.6.0-5] [MQTT-4.6.0-6]',
  async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const first = await connect(lasting(id));
    await first.subscribe(topic(), 1);
    const publisher = await connect();
    const publish = async (from: number, to: number): Promise<void> => {
      for (let n = from; n < to; n++) await publisher.publish(topic(), String(n), 1);
    };
    await publish(0, 10);
    expect(await first.receivePayloads(10)).toEqual(numbers(10));
    await cutOff(scene, first);
    await publish(10, 20);
    const second = await connect(lasting(id));
    await publish(20, 40);
    expect(await second.receivePayloads(30)).toEqual(numbers(40).slice(10));
  },
);

overTransports('sends again in the order it sent first, QoS 1 and 2 mixed [MQTT-4.6.0-1]', async (scene) => {
  const { connect, topic } = scene;
  const id = scene.id();
  const first = await connect(lasting(id));
  await first.subscribe(topic(), 2);
  const publisher = await connect();
  const sent: { messageId: number | undefined; payload: string }[] = [];
  for (let n = 0; n < 12; n++) {
    await publisher.publish(topic(), String(n), n % 2 === 0 ? 1 : 2);
    const { messageId, payload } = await first.expect('publish');
    sent.push({ messageId, payload: String(payload) });
  }
  await cutOff(scene, first);
  const second = await connect(lasting(id));
  for (const { messageId, payload } of sent) {
    const message = await second.expect('publish');
    expect({ messageId: message.messageId, payload: String(message.payload) }).toEqual({
      messageId,
      payload,
    });
    expect(message.dup).toBe(true);
  }
});

overTransports(
  'acknowledges in the order of arrival, for each QoS [MQTT-4.6.0-2] [MQTT-4.6.0-3]',
  async ({ connect, topic }) => {
    const client = await connect();
    const ids = Array.from({ length: 60 }, (_, n) => 1000 - n * 7);
    client.send(
      ...ids.map((packetId, n) =>
        publishBytes({ topic: topic(`t${n % 3}`), qos: n % 2 === 0 ? 1 : 2, packetId, properties: [] }),
      ),
    );
    const order = { puback: [] as unknown[], pubrec: [] as unknown[] };
    for (let n = 0; n < 60; n++) {
      const { packet } = await client.next();
      if (packet.cmd === 'puback' || packet.cmd === 'pubrec') order[packet.cmd].push(packet.messageId);
    }
    expect(order.puback).toEqual(ids.filter((_, n) => n % 2 === 0));
    expect(order.pubrec).toEqual(ids.filter((_, n) => n % 2 === 1));
  },
);

overTransports.each(sessionKinds)(
  'to %s sends PUBREL in the order of the PUBRECs, not of the PUBLISHes [MQTT-4.6.0-4]',
  async ({ connect, topic }, _, sessionExpiryInterval) => {
    const subscriber = await connect({ properties: { sessionExpiryInterval } });
    await subscriber.subscribe(topic(), 2);
    const publisher = await connect();
    const ids: number[] = [];
    for (let n = 0; n < 8; n++) {
      await publisher.publish(topic(), String(n), 2);
      ids.push((await subscriber.expect('publish')).messageId ?? 0);
    }
    const shuffled = [5, 0, 7, 2, 1, 6, 3, 4].map((n) => ids[n] ?? 0);
    subscriber.send(...shuffled.map((messageId) => ({ cmd: 'pubrec' as const, messageId })));
    for (const messageId of shuffled) expect((await subscriber.expect('pubrel')).messageId).toBe(messageId);
  },
);

overTransports('answers PUBREL in order too, and each once [MQTT-4.6.0-4]', async ({ connect, topic }) => {
  const client = await connect();
  const ids = [9, 3, 7, 1];
  for (const packetId of ids) client.send(publishBytes({ topic: topic(), qos: 2, packetId, properties: [] }));
  for (const messageId of ids) expect((await client.expect('pubrec')).messageId).toBe(messageId);
  const order = [3, 1, 9, 7];
  client.send(...order.map((messageId) => ({ cmd: 'pubrel' as const, messageId })));
  for (const messageId of order) expect((await client.expect('pubcomp')).messageId).toBe(messageId);
  await client.nothingMore();
});

overTransports.each(sessionKinds)(
  'to %s no retained message comes behind a newer one of its topic [MQTT-4.6.0-5]',
  async ({ connect, topic }, _, sessionExpiryInterval) => {
    const publisher = await connect();
    const topics = Array.from({ length: 8 }, (_value, n) => topic(`kept/${n}`));
    for (const name of topics) await publisher.publish(name, 'old', 1, { retain: true });
    const subscriber = await connect({ properties: { receiveMaximum: 1, sessionExpiryInterval } });
    await subscriber.subscribe(topic('kept/+'), 1);
    const first = await subscriber.expect('publish');
    for (const name of topics) await publisher.publish(name, 'new', 1, { retain: true });
    await subscriber.accept(first);
    const messages = [first, ...(await messagesBefore(subscriber, publisher, topic('kept/marker'), 1))];
    for (const name of topics) {
      const payloads = messages
        .filter((message) => message.topic === name)
        .map(({ payload }) => String(payload));
      expect(payloads.at(-1)).toBe('new');
      expect(payloads.filter((payload) => payload === 'old').length).toBeLessThanOrEqual(1);
    }
  },
);
