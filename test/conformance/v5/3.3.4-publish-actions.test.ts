import { describe, expect } from 'vitest';
import { byte, packet, property, properties, publishBytes, text, u16, varint } from '../support/bytes.ts';
import type { Qos } from '../support/client.ts';
import { messagesBefore } from '../support/marker.ts';
import { readPublish } from '../support/publish-reader.ts';
import { useServer } from '../support/server.ts';
import { cutOff, lasting, sessionKinds } from '../support/sessions.ts';

const { overTransports } = useServer({ version: 5 });

const identified = (subscriptionIdentifier: number) => ({ properties: { subscriptionIdentifier } });

overTransports(
  'answers QoS 0 by nothing, QoS 1 by PUBACK, QoS 2 by PUBREC, and delivers each [MQTT-3.3.4-1]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    await subscriber.subscribe(topic(), 2);
    const publisher = await connect();
    publisher.send(publishBytes({ topic: topic(), payload: '0', qos: 0, properties: [] }));
    await publisher.nothingMore();
    publisher.send(publishBytes({ topic: topic(), payload: '1', qos: 1, packetId: 11, properties: [] }));
    expect(await publisher.expect('puback')).toMatchObject({ messageId: 11, reasonCode: 0 });
    publisher.send(publishBytes({ topic: topic(), payload: '2', qos: 2, packetId: 12, properties: [] }));
    expect(await publisher.expect('pubrec')).toMatchObject({ messageId: 12, reasonCode: 0 });
    await publisher.nothingMore();
    for (const qos of [0, 1, 2]) {
      const message = await subscriber.receive();
      expect(message.qos).toBe(qos);
      expect(String(message.payload)).toBe(String(qos));
    }
  },
);

const overlapping: [first: Qos, second: Qos, published: Qos, delivered: Qos][] = [
  [0, 2, 2, 2],
  [2, 0, 2, 2],
  [1, 0, 2, 1],
  [1, 2, 0, 0],
  [0, 0, 1, 0],
];

describe.each(sessionKinds)('%s', (_, sessionExpiryInterval) => {
  const session = { properties: { sessionExpiryInterval } };

  overTransports.each(overlapping)(
    'overlapping subscriptions of QoS %s and %s get a QoS %s message at QoS %s, once [MQTT-3.3.4-2]',
    async ({ connect, topic }, first, second, published, delivered) => {
      const subscriber = await connect(session);
      await subscriber.subscribe([
        { topic: topic('#'), qos: first },
        { topic: topic('+'), qos: second },
      ]);
      const publisher = await connect(session);
      await publisher.publish(topic('t'), 'x', published);
      expect(await subscriber.receive()).toMatchObject({ qos: delivered });
      expect(await messagesBefore(subscriber, publisher, topic('t'), published)).toEqual([]);
    },
  );

  const ways: [way: string][] = [
    ['to a subscriber that is there'],
    ['through the queue of one that is away'],
  ];

  overTransports.each(ways)(
    'sends the identifiers of all matching subscriptions, %s [MQTT-3.3.4-3] [MQTT-3.3.4-4]',
    async (scene, way) => {
      const { connect, topic } = scene;
      const id = scene.id();
      let subscriber = await connect(lasting(id));
      await subscriber.subscribe(topic('#'), 1, identified(1));
      await subscriber.subscribe(topic('+'), 2, identified(268_435_455));
      await subscriber.subscribe(topic('t'), 1);
      await subscriber.subscribe(topic('other'), 1, identified(7));
      if (way.startsWith('through')) await cutOff(scene, subscriber);
      const publisher = await connect(session);
      await publisher.publish(topic('t'), 'x', 1);
      if (way.startsWith('through')) subscriber = await connect(lasting(id));
      const { properties: got } = await subscriber.receive();
      expect(new Set([got?.subscriptionIdentifier].flat())).toEqual(new Set([1, 268_435_455]));
      expect(await messagesBefore(subscriber, publisher, topic('x/y'), 1)).toEqual([]);
    },
  );

  overTransports(
    'sends the identifier of a single subscription, at every QoS, and none for one without [MQTT-3.3.4-3]',
    async ({ connect, topic }) => {
      const subscriber = await connect(session);
      await subscriber.subscribe(topic('with'), 2, identified(128));
      await subscriber.subscribe(topic('without'), 2);
      const publisher = await connect(session);
      for (const qos of [0, 1, 2] as const) {
        await publisher.publish(topic('with'), 'x', qos);
        expect((await subscriber.receive()).properties?.subscriptionIdentifier).toBe(128);
        await publisher.publish(topic('without'), 'x', qos);
        expect((await subscriber.receive()).properties?.subscriptionIdentifier).toBeUndefined();
      }
    },
  );

  overTransports(
    'a retained message carries the identifier of the subscription it is sent for [MQTT-3.3.4-3]',
    async ({ connect, topic }) => {
      const publisher = await connect(session);
      await publisher.publish(topic('t'), 'kept', 1, { retain: true });
      const subscriber = await connect(session);
      await subscriber.subscribe(topic('#'), 1, identified(3));
      expect((await subscriber.receive()).properties?.subscriptionIdentifier).toBe(3);
      await subscriber.subscribe(topic('t'), 1, identified(4));
      expect((await subscriber.receive()).properties?.subscriptionIdentifier).toBe(4);
    },
  );

  overTransports(
    'identifiers follow the subscriptions: replaced, without, removed [MQTT-3.3.4-3] [MQTT-3.3.4-4]',
    async ({ connect, topic }) => {
      const subscriber = await connect(session);
      const publisher = await connect(session);
      const identifiers = async (): Promise<unknown> => {
        await publisher.publish(topic('t'), 'x', 1);
        return (await subscriber.receive()).properties?.subscriptionIdentifier;
      };
      await subscriber.subscribe(topic('#'), 1, identified(1));
      await subscriber.subscribe(topic('t'), 1, identified(2));
      await subscriber.subscribe(topic('t'), 1, identified(3));
      expect(new Set([await identifiers()].flat())).toEqual(new Set([1, 3]));
      await subscriber.subscribe(topic('#'), 1);
      expect(await identifiers()).toBe(3);
      await subscriber.unsubscribe(topic('t'));
      expect(await identifiers()).toBeUndefined();
    },
  );

  overTransports(
    'passes nothing of an alias or an identifier on to other clients [MQTT-3.3.4-3]',
    async ({ connect, topic }) => {
      const one = await connect(session);
      await one.subscribe(topic(), 1, identified(1));
      const other = await connect(session);
      await other.subscribe(topic(), 1);
      const publisher = await connect(session);
      await publisher.publish(topic(), 'x', 1, { properties: { topicAlias: 1 } });
      expect(readPublish((await one.nextRaw('publish')).raw).properties).toEqual([
        ['subscriptionIdentifier', byte(1)],
      ]);
      expect(readPublish((await other.nextRaw('publish')).raw).properties).toEqual([]);
    },
  );
});

/** SUBSCRIBE with these properties. */
const subscribeWith = (topic: string, ...parts: Buffer[]): Buffer =>
  packet('subscribe', [u16(1), properties(...parts), text(topic), byte(0)]);

overTransports(
  'refuses a Subscription Identifier of 0, and two of them, as protocol errors [MQTT-4.13.1-1]',
  async ({ connect, topic }) => {
    const identifier = (value: number): Buffer => property('subscriptionIdentifier', varint(value));
    const zero = await connect();
    zero.send(subscribeWith(topic(), identifier(0)));
    await zero.disconnectedWith(0x82);
    const two = await connect();
    two.send(subscribeWith(topic(), identifier(1), identifier(2)));
    await two.disconnectedWith(0x82);
  },
);

overTransports(
  'discards a message above the client’s Maximum Packet Size, and goes on [MQTT-3.1.2-24] [MQTT-3.1.2-25]',
  async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const small = lasting(id, 300, { maximumPacketSize: 100, receiveMaximum: 2 });
    const subscriber = await connect(small);
    await subscriber.subscribe(topic(), 2);
    const wide = await connect();
    await wide.subscribe(topic(), 2);
    const publisher = await connect();
    for (const qos of [0, 1, 2, 1, 2] as const) await publisher.publish(topic(), 'x'.repeat(100), qos);
    await publisher.publish(topic(), 'fits', 2);
    expect(await subscriber.receivePayloads(1)).toEqual(['fits']);
    expect(await wide.receivePayloads(6)).toHaveLength(6);

    await cutOff(scene, subscriber);
    await publisher.publish(topic(), 'y'.repeat(100), 1);
    await publisher.publish(topic(), 'fits too', 1);
    const back = await connect(small);
    expect(await back.receivePayloads(1)).toEqual(['fits too']);
  },
);
