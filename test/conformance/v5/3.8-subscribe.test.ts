import { describe, expect } from 'vitest';
import { byte, packet, properties, publishBytes, text, u16 } from '../support/bytes.ts';
import type { Qos } from '../support/client.ts';
import { messagesBefore } from '../support/marker.ts';
import { retainedSoon } from '../support/retained-soon.ts';
import { useServer } from '../support/server.ts';
import { cutOff, lasting, sessionKinds } from '../support/sessions.ts';

const { overTransports } = useServer({ version: 5 });

/** A SUBSCRIBE by hand: filters with their options byte. */
const subscribeBytes = (filters: [filter: string | Buffer, options: number][], flags?: number): Buffer =>
  packet(
    'subscribe',
    [u16(1), properties(), ...filters.flatMap(([filter, options]) => [text(filter), byte(options)])],
    flags,
  );

overTransports.each([[0], [1], [3], [10], [15]] as [flags: number][])(
  'refuses SUBSCRIBE with flags %s as malformed [MQTT-3.8.1-1]',
  async ({ connect, topic }, flags) => {
    const client = await connect();
    client.send(subscribeBytes([[topic(), 0]], flags));
    await client.disconnectedWith(0x81);
  },
);

const notText: [what: string, filter: Buffer][] = [
  ['is not UTF-8', Buffer.from([0x61, 0x2f, 0xff])],
  ['is an overlong form', Buffer.from([0xc0, 0xaf])],
  ['holds a surrogate', Buffer.from([0xed, 0xa0, 0x80])],
  ['holds U+0000', Buffer.from('a\0')],
];

overTransports.each(notText)(
  'refuses a SUBSCRIBE whose filter %s as malformed [MQTT-3.8.3-1]',
  async ({ connect }, _, filter) => {
    const client = await connect();
    client.send(subscribeBytes([[filter, 0]]));
    await client.disconnectedWith(0x81);
  },
);

overTransports('a SUBSCRIBE without a filter is a protocol error [MQTT-3.8.3-2]', async ({ connect }) => {
  const client = await connect();
  client.send(subscribeBytes([]));
  await client.disconnectedWith(0x82);
});

overTransports(
  'a SUBSCRIBE that ends before its options is malformed [MQTT-3.8.3-2]',
  async ({ connect }) => {
    const client = await connect();
    client.send(packet('subscribe', [u16(1), properties(), text('a')]));
    await client.disconnectedWith(0x81);
  },
);

overTransports('a SUBSCRIBE with packet id 0 is a protocol error [MQTT-4.13.1-1]', async ({ connect }) => {
  const client = await connect();
  client.send(packet('subscribe', [u16(0), properties(), text('a'), byte(0)]));
  await client.disconnectedWith(0x82);
});

describe.each(sessionKinds)('%s', (_, sessionExpiryInterval) => {
  const session = { properties: { sessionExpiryInterval } };

  overTransports.each([
    ['QoS 0', 0],
    ['QoS 1', 1],
    ['QoS 2', 2],
  ] as [name: string, qos: Qos][])(
    'No Local at %s keeps a client’s own messages from it, and no others [MQTT-3.8.3-3]',
    async ({ connect, topic }, _, qos) => {
      const client = await connect(session);
      await client.subscribe({ topic: topic(), qos, nl: true });
      const other = await connect(session);
      await other.subscribe(topic(), qos);
      await client.publish(topic(), 'own', qos);
      expect(String((await other.receive()).payload)).toBe('own');
      await other.publish(topic(), 'of another', qos);
      const message = await client.take('publish');
      expect(String(message.payload)).toBe('of another');
    },
  );

  overTransports(
    'without No Local a client is sent its own messages [MQTT-3.8.3-3]',
    async ({ connect, topic }) => {
      const client = await connect(session);
      await client.subscribe({ topic: topic(), qos: 1, nl: false });
      await client.publish(topic(), 'own', 1);
      expect(String((await client.take('publish')).payload)).toBe('own');
    },
  );

  overTransports(
    'No Local holds for a lasting session, whichever connection published [MQTT-3.8.3-3]',
    async (scene) => {
      const { connect, topic } = scene;
      const id = scene.id();
      const first = await connect(lasting(id));
      await first.subscribe({ topic: topic(), qos: 1, nl: true });
      await first.publish(topic(), 'own', 1);
      await cutOff(scene, first);
      const second = await connect(lasting(id));
      await second.publish(topic(), 'own again', 1);
      expect(await messagesBefore(second, await connect(session), topic(), 1)).toEqual([]);
    },
  );

  overTransports(
    'No Local keeps only its own subscription back where another matches too [MQTT-3.8.3-3]',
    async ({ connect, topic }) => {
      const client = await connect(session);
      await client.subscribe({ topic: topic('#'), qos: 1, nl: true }, 1, {
        properties: { subscriptionIdentifier: 1 },
      });
      await client.subscribe({ topic: topic('t'), qos: 1 }, 1, { properties: { subscriptionIdentifier: 2 } });
      await client.publish(topic('t'), 'own', 1);
      expect((await client.take('publish')).properties?.subscriptionIdentifier).toBe(2);
    },
  );
});

overTransports('No Local on a shared subscription is a protocol error [MQTT-3.8.3-4]', async (scene) => {
  const client = await scene.connect();
  client.send(subscribeBytes([[`$share/group/${scene.topic()}`, 0x04]]));
  await client.disconnectedWith(0x82);
});

overTransports.each([
  ['0x40', 0x40],
  ['0x80', 0x80],
  ['0xc1', 0xc1],
] as [name: string, options: number][])(
  'refuses a SUBSCRIBE with the reserved bits of options %s as malformed [MQTT-3.8.3-5]',
  async ({ connect, topic }, _, options) => {
    const client = await connect();
    client.send(
      subscribeBytes([
        [topic('fine'), 0],
        [topic('reserved'), options],
      ]),
    );
    await client.disconnectedWith(0x81);
  },
);

overTransports.each([
  ['QoS 3', 0x03],
  ['Retain Handling 3', 0x30],
] as [name: string, options: number][])(
  'a SUBSCRIBE with %s is a protocol error [MQTT-4.13.1-1]',
  async ({ connect, topic }, _, options) => {
    const client = await connect();
    client.send(subscribeBytes([[topic(), options]]));
    await client.disconnectedWith(0x82);
  },
);

describe.each(sessionKinds)('%s', (_, sessionExpiryInterval) => {
  const session = { properties: { sessionExpiryInterval } };

  overTransports(
    'answers each SUBSCRIBE by one SUBACK with its packet id, in order [MQTT-3.8.4-1] [MQTT-3.8.4-2]',
    async ({ connect, topic }) => {
      const client = await connect(session);
      const ids = [65_535, 1, 256, 77];
      client.send(
        ...ids.map((messageId) => ({
          cmd: 'subscribe' as const,
          messageId,
          subscriptions: [{ topic: topic(String(messageId)), qos: 0 as const }],
        })),
      );
      for (const messageId of ids) expect((await client.expect('suback')).messageId).toBe(messageId);
      await client.nothingMore();
    },
  );

  overTransports(
    'SUBSCRIBE and UNSUBSCRIBE that come together take effect in their order, and each is answered [MQTT-3.8.4-1] [MQTT-3.8.4-3]',
    async (scene) => {
      const { connect, topic } = scene;
      const client = await connect({ ...session, clientId: scene.id() });
      const subscribe = (messageId: number, qos: Qos) => ({
        cmd: 'subscribe' as const,
        messageId,
        subscriptions: [{ topic: topic(), qos }],
      });
      const unsubscribe = { cmd: 'unsubscribe' as const, unsubscriptions: [topic()] };
      client.send(
        subscribe(1, 2),
        { ...unsubscribe, messageId: 2 },
        { ...unsubscribe, messageId: 3 },
        subscribe(4, 0),
        subscribe(5, 1),
      );
      const answers = new Map<number | undefined, unknown>();
      for (let n = 0; n < 5; n++) {
        const { packet: answer } = await client.next();
        answers.set(answer.messageId, 'granted' in answer ? answer.granted : undefined);
      }
      expect([1, 2, 3, 4, 5].map((id) => answers.get(id))).toEqual([[2], [0], [0x11], [0], [1]]);
      const publisher = await connect();
      await publisher.publish(topic(), 'x', 2);
      expect((await client.receive()).qos).toBe(1);
      if (sessionExpiryInterval === 0) return;
      await cutOff(scene, client);
      await publisher.publish(topic(), 'y', 2);
      const back = await connect(lasting(client.clientId));
      expect((await back.receive()).qos).toBe(1);
    },
  );

  overTransports(
    'subscribing again replaces the subscription: QoS, options, identifier [MQTT-3.8.4-3]',
    async ({ connect, topic }) => {
      const client = await connect(session);
      const publisher = await connect(session);
      await client.subscribe({ topic: topic(), qos: 2, rap: true }, 2, {
        properties: { subscriptionIdentifier: 1 },
      });
      await client.subscribe({ topic: topic(), qos: 1, rap: false }, 1);
      await publisher.publish(topic(), 'x', 2, { retain: true });
      const message = await client.receive();
      expect(message).toMatchObject({ qos: 1, retain: false });
      expect(message.properties?.subscriptionIdentifier).toBeUndefined();
      await client.subscribe({ topic: topic(), qos: 0, rap: true, rh: 2 }, 0, {
        properties: { subscriptionIdentifier: 2 },
      });
      await publisher.publish(topic(), 'y', 2, { retain: true });
      const next = await client.receive();
      expect(next).toMatchObject({ qos: 0, retain: true });
      expect(next.properties?.subscriptionIdentifier).toBe(2);
      expect(await messagesBefore(client, publisher, topic(), 2)).toEqual([]);
    },
  );

  overTransports('a replaced subscription is replaced in the session too [MQTT-3.8.4-3]', async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const first = await connect(lasting(id));
    await first.subscribe(topic(), 2, { properties: { subscriptionIdentifier: 1 } });
    await first.subscribe(topic(), 1, { properties: { subscriptionIdentifier: 2 } });
    await cutOff(scene, first);
    const publisher = await connect(session);
    await publisher.publish(topic(), 'x', 2);
    const second = await connect(lasting(id));
    const message = await second.receive();
    expect(message.qos).toBe(1);
    expect(message.properties?.subscriptionIdentifier).toBe(2);
    expect(await messagesBefore(second, publisher, topic(), 1)).toEqual([]);
  });

  overTransports(
    'loses no publication while a subscription is replaced again and again [MQTT-3.8.4-4]',
    async ({ connect, topic }) => {
      const client = await connect(session);
      await client.subscribe({ topic: topic(), qos: 1, rh: 0 });
      const publisher = await connect(session);
      const indexes = Array.from({ length: 40 }, (_, n) => n);
      for (const n of indexes) {
        publisher.send(
          publishBytes({ topic: topic(), payload: String(n), qos: 1, packetId: n + 1, properties: [] }),
        );
        if (n % 4 === 0)
          client.send({
            cmd: 'subscribe',
            messageId: 100 + n,
            subscriptions: [{ topic: topic(), qos: 1, rh: 0 }],
          });
      }
      const got: string[] = [];
      while (got.length < 40) {
        const message = await client.take('publish');
        await client.accept(message);
        got.push(String(message.payload));
      }
      expect(got).toEqual(indexes.map(String));
    },
  );

  overTransports(
    'treats several filters as several SUBSCRIBE and answers with one SUBACK [MQTT-3.8.4-5] [MQTT-3.8.4-6] [MQTT-3.8.4-7] [MQTT-3.9.3-1]',
    async ({ connect, topic }) => {
      const publisher = await connect(session);
      await publisher.publish(topic('a'), 'kept', 2, { retain: true });
      const client = await connect(session);
      const { granted } = await client.subscribe([
        { topic: topic('a'), qos: 2 },
        { topic: topic('wrong/#/filter'), qos: 1 },
        { topic: topic('b'), qos: 0 },
        { topic: topic('b'), qos: 1 },
        { topic: topic('c'), qos: 1 },
      ]);
      expect(granted).toEqual([2, 0x8f, 0, 1, 1]);
      expect(await client.receive()).toMatchObject({ topic: topic('a'), retain: true, qos: 2 });
      await publisher.publish(topic('b'), 'x', 2);
      expect(await client.receive()).toMatchObject({ topic: topic('b'), qos: 1 });
      expect(await messagesBefore(client, publisher, topic('c'), 1)).toEqual([]);
    },
  );

  overTransports(
    'overlapping filters of one SUBSCRIBE are each sent the retained message [MQTT-3.8.4-5]',
    async ({ connect, topic }) => {
      const publisher = await connect(session);
      await publisher.publish(topic('a'), 'kept', 1, { retain: true });
      const client = await connect(session);
      await client.subscribe([topic('a'), topic('+')], 1);
      expect(await client.receivePayloads(2)).toEqual(['kept', 'kept']);
      expect(await messagesBefore(client, publisher, topic('b'), 1)).toEqual([]);
    },
  );
});

const qualities = [0, 1, 2] as const;
const matrix = qualities.flatMap((published) => qualities.map((granted): [Qos, Qos] => [published, granted]));

overTransports.each(matrix)(
  'delivers what was published at QoS %s to a subscription of QoS %s at the lesser [MQTT-3.8.4-8] [MQTT-3.8.4-7]',
  async (scene, published, granted) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const subscriber = await connect(lasting(id));
    expect((await subscriber.subscribe(topic(), granted)).granted).toEqual([granted]);
    const publisher = await connect();
    await publisher.publish(topic(), 'x', published);
    const qos = Math.min(published, granted);
    expect(await subscriber.receive()).toMatchObject({ qos });
    await publisher.publish(topic('kept'), 'x', published, { retain: true });
    const [kept] = await retainedSoon(scene, topic('kept'), granted);
    expect(kept).toMatchObject({ qos, retain: true });
    if (qos === 0) return;
    await cutOff(scene, subscriber);
    await publisher.publish(topic(), 'queued', published);
    const back = await connect(lasting(id));
    const message = await back.receive();
    expect(String(message.payload)).toBe('queued');
    expect(message.qos).toBe(qos);
  },
);
