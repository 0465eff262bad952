import { describe, expect } from 'vitest';
import type { Qos } from '../support/client.ts';
import { messagesBefore } from '../support/marker.ts';
import { retainedSoon } from '../support/retained-soon.ts';
import { useServer } from '../support/server.ts';
import { cutOff, lasting, sessionKinds } from '../support/sessions.ts';

const { overTransports } = useServer({ version: 5 });

const retain = { retain: true };
const qualities: [qos: Qos][] = [[0], [1], [2]];

overTransports.each(qualities)(
  'keeps a QoS %s message with RETAIN, and its QoS, for later subscribers [MQTT-3.3.1-5]',
  async (scene, qos) => {
    const publisher = await scene.connect();
    await publisher.publish(scene.topic(), 'kept', qos, retain);
    const [message] = await retainedSoon(scene, scene.topic());
    expect(message).toMatchObject({ topic: scene.topic(), qos, retain: true, dup: false });
    expect(String(message?.payload)).toBe('kept');
  },
);

describe.each(sessionKinds)('%s', (_, sessionExpiryInterval) => {
  const session = { properties: { sessionExpiryInterval } };

  overTransports(
    'a message with RETAIN replaces the retained one, QoS and all [MQTT-3.3.1-5]',
    async ({ connect, topic }) => {
      const publisher = await connect(session);
      await publisher.publish(topic(), 'old', 2, retain);
      await publisher.publish(topic(), 'new', 1, retain);
      const subscriber = await connect(session);
      await subscriber.subscribe(topic(), 2);
      const message = await subscriber.receive();
      expect(message).toMatchObject({ qos: 1, retain: true });
      expect(String(message.payload)).toBe('new');
      expect(await messagesBefore(subscriber, publisher, topic(), 2)).toEqual([]);
    },
  );

  overTransports(
    'a retained message outlives the connection and the session that sent it [MQTT-3.3.1-5]',
    async (scene) => {
      const publisher = await scene.connect(session);
      await publisher.publish(scene.topic(), 'kept', 1, retain);
      await cutOff(scene, publisher);
      const subscriber = await scene.connect(session);
      await subscriber.subscribe(scene.topic(), 1);
      expect(String((await subscriber.receive()).payload)).toBe('kept');
    },
  );

  overTransports(
    'passes an empty message with RETAIN on, and removes what was retained [MQTT-3.3.1-6] [MQTT-3.3.1-7]',
    async ({ connect, topic }) => {
      const publisher = await connect(session);
      await publisher.publish(topic(), 'kept', 1, retain);
      const present = await connect(session);
      await present.subscribe(topic(), 1);
      expect(String((await present.receive()).payload)).toBe('kept');

      await publisher.publish(topic(), '', 1, retain);
      expect(await present.receive()).toMatchObject({ payload: Buffer.alloc(0), retain: false });
      const later = await connect(session);
      await later.subscribe(topic(), 1);
      expect(await messagesBefore(later, publisher, topic(), 1)).toEqual([]);
    },
  );

  overTransports(
    'does not keep an empty message where nothing was retained [MQTT-3.3.1-7]',
    async ({ connect, topic }) => {
      const publisher = await connect(session);
      await publisher.publish(topic(), '', 1, retain);
      const subscriber = await connect(session);
      await subscriber.subscribe(topic(), 1);
      expect(await messagesBefore(subscriber, publisher, topic(), 1)).toEqual([]);
    },
  );

  overTransports(
    'without RETAIN a message is neither stored nor replaces nor removes the retained one [MQTT-3.3.1-8]',
    async ({ connect, topic }) => {
      const publisher = await connect(session);
      await publisher.publish(topic('kept'), 'kept', 1, retain);
      await publisher.publish(topic('kept'), 'passing', 1);
      await publisher.publish(topic('kept'), '', 1);
      await publisher.publish(topic('none'), 'passing', 1);
      const subscriber = await connect(session);
      await subscriber.subscribe(topic('#'), 1);
      const message = await subscriber.receive();
      expect(message).toMatchObject({ topic: topic('kept'), retain: true });
      expect(String(message.payload)).toBe('kept');
      expect(await messagesBefore(subscriber, publisher, topic('marker'), 1)).toEqual([]);
    },
  );

  overTransports(
    'sends every retained message a wildcard matches, and no other [MQTT-3.3.1-9]',
    async ({ connect, topic }) => {
      const publisher = await connect(session);
      const topics = ['a', 'a/b', 'a/b/c', 'x/b'].map((rest) => topic(rest));
      for (const name of [...topics, topic('a/b/c/d'), topic('y')])
        await publisher.publish(name, name, 1, retain);
      const subscriber = await connect(session);
      await subscriber.subscribe([topic('a'), topic('+/b'), topic('a/b/c')], 1);
      const got = await subscriber.receivePayloads(4);
      expect(got.sort()).toEqual(topics.sort());
      await subscriber.subscribe(topic('marker'), 1);
      expect(await messagesBefore(subscriber, publisher, topic('marker'), 1)).toEqual([]);
    },
  );

  overTransports(
    'Retain Handling 0: each SUBSCRIBE is sent the retained message, new or not [MQTT-3.3.1-9] [MQTT-3.8.4-4]',
    async ({ connect, topic }) => {
      const publisher = await connect(session);
      await publisher.publish(topic(), 'kept', 1, retain);
      const subscriber = await connect(session);
      for (let round = 0; round < 3; round++) {
        await subscriber.subscribe({ topic: topic(), qos: 1, rh: 0 });
        expect(await subscriber.receive()).toMatchObject({ retain: true, dup: false });
      }
      expect(await messagesBefore(subscriber, publisher, topic(), 1)).toEqual([]);
    },
  );

  overTransports(
    'Retain Handling 1: only the SUBSCRIBE that makes the subscription is sent it [MQTT-3.3.1-10]',
    async ({ connect, topic }) => {
      const publisher = await connect(session);
      await publisher.publish(topic(), 'kept', 1, retain);
      const subscriber = await connect(session);
      await subscriber.subscribe({ topic: topic(), qos: 1, rh: 1 });
      expect(await subscriber.receive()).toMatchObject({ retain: true });
      await subscriber.subscribe({ topic: topic(), qos: 1, rh: 1 });
      expect(await messagesBefore(subscriber, publisher, topic(), 1)).toEqual([]);
      await subscriber.unsubscribe(topic());
      await subscriber.subscribe({ topic: topic(), qos: 1, rh: 1 });
      expect(await subscriber.receive()).toMatchObject({ retain: true });
    },
  );

  overTransports(
    'Retain Handling 1: a subscription restored with its session is not a new one [MQTT-3.3.1-10]',
    async (scene) => {
      const { topic, connect } = scene;
      const publisher = await connect(session);
      await publisher.publish(topic(), 'kept', 1, retain);
      const id = scene.id();
      const first = await connect(lasting(id));
      await first.subscribe({ topic: topic(), qos: 1, rh: 1 });
      await first.receive();
      await first.nothingMore();
      await cutOff(scene, first);
      const second = await connect(lasting(id));
      await second.subscribe({ topic: topic(), qos: 1, rh: 1 });
      expect(await messagesBefore(second, publisher, topic(), 1)).toEqual([]);
    },
  );

  overTransports(
    'Retain Handling 2: no SUBSCRIBE is sent it, and live messages come [MQTT-3.3.1-11]',
    async ({ connect, topic }) => {
      const publisher = await connect(session);
      await publisher.publish(topic(), 'kept', 1, retain);
      const subscriber = await connect(session);
      await subscriber.subscribe({ topic: topic(), qos: 1, rh: 2 });
      expect(await messagesBefore(subscriber, publisher, topic(), 1)).toEqual([]);
    },
  );

  overTransports.each(qualities)(
    'without Retain As Published a live QoS %s message comes with RETAIN 0 [MQTT-3.3.1-12]',
    async ({ connect, topic }, qos) => {
      const subscriber = await connect(session);
      await subscriber.subscribe({ topic: topic(), rap: false }, qos);
      const publisher = await connect(session);
      await publisher.publish(topic(), 'kept', qos, retain);
      await publisher.publish(topic(), 'passing', qos);
      for (const payload of ['kept', 'passing']) {
        const message = await subscriber.receive();
        expect(String(message.payload)).toBe(payload);
        expect(message.retain).toBe(false);
      }
    },
  );

  overTransports.each(qualities)(
    'with Retain As Published a live QoS %s message keeps its RETAIN [MQTT-3.3.1-13]',
    async ({ connect, topic }, qos) => {
      const subscriber = await connect(session);
      await subscriber.subscribe({ topic: topic(), rap: true }, qos);
      const publisher = await connect(session);
      await publisher.publish(topic(), 'kept', qos, retain);
      await publisher.publish(topic(), 'passing', qos);
      for (const [payload, flag] of [['kept', true] as const, ['passing', false] as const]) {
        const message = await subscriber.receive();
        expect(String(message.payload)).toBe(payload);
        expect(message.retain).toBe(flag);
      }
    },
  );

  overTransports(
    'Retain As Published goes through the queue of a session that is away [MQTT-3.3.1-12] [MQTT-3.3.1-13]',
    async (scene) => {
      const { topic, connect } = scene;
      const id = scene.id();
      const subscriber = await connect(lasting(id));
      await subscriber.subscribe([
        { topic: topic('as-published'), qos: 1, rap: true },
        { topic: topic('plain'), qos: 1, rap: false },
      ]);
      await cutOff(scene, subscriber);
      const publisher = await connect(session);
      await publisher.publish(topic('as-published'), 'x', 1, retain);
      await publisher.publish(topic('plain'), 'x', 1, retain);
      const back = await connect(lasting(id));
      expect(await back.receive()).toMatchObject({ topic: topic('as-published'), retain: true });
      expect(await back.receive()).toMatchObject({ topic: topic('plain'), retain: false });
    },
  );

  overTransports(
    'a message sent because of SUBSCRIBE has RETAIN 1, with Retain As Published or without [MQTT-3.3.1-9]',
    async ({ connect, topic }) => {
      const publisher = await connect(session);
      await publisher.publish(topic(), 'kept', 1, retain);
      for (const rap of [false, true]) {
        const subscriber = await connect(session);
        await subscriber.subscribe({ topic: topic(), qos: 1, rap });
        expect(await subscriber.receive()).toMatchObject({ retain: true });
      }
    },
  );
});
