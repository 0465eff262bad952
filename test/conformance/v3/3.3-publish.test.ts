import { expect } from 'vitest';
import { packet, pingreq, publishBytes, text, u16 } from '../support/bytes.ts';
import { messagesBefore } from '../support/marker.ts';
import { untilAway } from '../support/sessions.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 4 });

overTransports.each([[1], [2]] as const)(
  'sets DUP when a PUBLISH of QoS %s is sent again to a session that returns [MQTT-3.3.1-1]',
  async ({ connect, id, topic, redis }, qos) => {
    const clientId = id();
    const first = await connect({ clientId, clean: false });
    await first.subscribe(topic(), 2);
    const publisher = await connect();
    await publisher.publish(topic(), 'hello', qos);
    const sent = await first.expect('publish');
    expect(sent.dup).toBe(false);
    first.drop();
    await untilAway({ redis }, clientId);
    const again = await connect({ clientId, clean: false });
    const resent = await again.expect('publish');
    expect(resent).toMatchObject({ dup: true, messageId: sent.messageId, qos, topic: topic() });
    expect(String(resent.payload)).toBe('hello');
  },
);

overTransports('does not set DUP at QoS 0 [MQTT-3.3.1-2] [MQTT-4.3.1-1]', async ({ connect, topic }) => {
  const subscriber = await connect();
  const publisher = await connect();
  await subscriber.subscribe(topic(), 0);
  for (const qos of [0, 1, 2] as const) await publisher.publish(topic(), 'x', qos);
  for (let n = 0; n < 3; n++) {
    const { raw } = await subscriber.nextRaw('publish');
    expect(raw[0]).toBe(0x30);
  }
});

overTransports(
  'passes DUP of an incoming PUBLISH on to nobody [MQTT-3.3.1-3]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    const publisher = await connect();
    await subscriber.subscribe(topic(), 2);
    await publisher.publish(topic(), 'one', 1, { dup: true });
    await publisher.publish(topic(), 'two', 2, { dup: true });
    for (const payload of ['one', 'two']) {
      const message = await subscriber.receive();
      expect(message.dup).toBe(false);
      expect(String(message.payload)).toBe(payload);
    }
  },
);

overTransports('closes on PUBLISH with QoS 3 [MQTT-3.3.1-4]', async ({ connect, topic }) => {
  const watcher = await connect();
  await watcher.subscribe(topic('#'));
  const client = await connect();
  client.send(publishBytes({ topic: topic('a'), qos: 3, packetId: 1, payload: 'x' }), pingreq);
  await client.closedSilently();
  const publisher = await connect();
  expect(await messagesBefore(watcher, publisher, topic('marker'))).toEqual([]);
});

overTransports(
  'reads the topic name as the first field, of any length [MQTT-3.3.2-1]',
  async ({ connect, topic }) => {
    const client = await connect();
    await client.subscribe(topic('#'));
    for (const length of [1, 126, 127, 128, 500]) {
      const name = topic('x'.repeat(length));
      client.send(publishBytes({ topic: name, payload: 'payload' }));
      const message = await client.receive();
      expect([message.topic, String(message.payload)]).toEqual([name, 'payload']);
    }
  },
);

overTransports('closes on PUBLISH without a topic name [MQTT-3.3.2-1]', async ({ connect }) => {
  for (const body of [[], [u16(5), Buffer.from('abc')], [Buffer.from([0])]]) {
    const client = await connect();
    client.send(packet('publish', body), pingreq);
    await client.closedSilently();
  }
});

overTransports.each([['a/+'], ['+'], ['#'], ['a/#'], ['a+b'], ['a#b'], ['a/+/b']] as const)(
  'closes on the topic name %s [MQTT-3.3.2-2] [MQTT-4.7.1-1]',
  async ({ connect }, name) => {
    for (const qos of [0, 1] as const) {
      const client = await connect();
      client.send(publishBytes({ topic: name, payload: 'x', qos, ...(qos > 0 ? { packetId: 1 } : {}) }));
      await client.closedSilently();
    }
  },
);

overTransports(
  'sends the topic a message was published to, which the filter matches [MQTT-3.3.2-3]',
  async ({ connect, topic }) => {
    const client = await connect();
    await client.subscribe([topic('a/+/c'), topic('x/#')]);
    for (const name of ['a/b/c', 'x', 'x/y/z', 'a//c']) {
      await client.publish(topic(name), name);
      expect(await client.receive()).toMatchObject({ topic: topic(name) });
    }
  },
);

overTransports(
  'answers QoS 0 with nothing, QoS 1 with PUBACK, QoS 2 with PUBREC [MQTT-3.3.4-1]',
  async ({ connect, topic }) => {
    const client = await connect();
    client.send(publishBytes({ topic: topic(), payload: 'x' }));
    await client.nothingMore();
    client.send(publishBytes({ topic: topic(), payload: 'x', qos: 1, packetId: 5 }));
    expect((await client.nextRaw('puback')).raw).toEqual(packet('puback', [u16(5)]));
    client.send(publishBytes({ topic: topic(), payload: 'x', qos: 2, packetId: 6 }));
    expect((await client.nextRaw('pubrec')).raw).toEqual(packet('pubrec', [u16(6)]));
    await client.nothingMore();
  },
);

overTransports(
  'delivers at the highest QoS of the subscriptions that overlap [MQTT-3.3.5-1]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    const publisher = await connect();
    await subscriber.subscribe([
      { topic: topic('#'), qos: 0 },
      { topic: topic('a/+'), qos: 2 },
      { topic: topic('a/b'), qos: 1 },
    ]);
    for (const qos of [0, 1, 2] as const) {
      await publisher.publish(topic('a/b'), `at ${qos}`, qos);
      const messages = await messagesBefore(subscriber, publisher, topic('marker'));
      expect(Math.max(...messages.map((message) => message.qos))).toBe(qos);
      expect(new Set(messages.map(({ payload }) => String(payload)))).toEqual(new Set([`at ${qos}`]));
    }
  },
);

overTransports(
  'delivers the payload byte for byte, empty or large [MQTT-3.3.4-1]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    const publisher = await connect();
    await subscriber.subscribe(topic(), 1);
    for (const size of [0, 1, 127, 128, 16_383, 16_384, 300_000]) {
      const payload = Buffer.alloc(size, Buffer.from(Array.from({ length: 251 }, (_, n) => (n * 7) % 256)));
      await publisher.publish(topic(), payload, 1);
      const message = await subscriber.receive();
      expect(payload.equals(Buffer.from(message.payload))).toBe(true);
    }
  },
);

overTransports.each([[0], [1], [3], [4], [10], [15]] as const)(
  'closes on PUBREL with flag bits %s [MQTT-3.6.1-1]',
  async ({ connect, topic }, flags) => {
    const client = await connect();
    client.send(publishBytes({ topic: topic(), qos: 2, packetId: 1 }));
    await client.expect('pubrec');
    client.send(packet('pubrel', [u16(1)], flags), pingreq);
    await client.closedSilently();
  },
);

overTransports('closes on PUBLISH with an empty topic name [MQTT-4.7.3-1]', async ({ connect }) => {
  const client = await connect();
  client.send(packet('publish', [text(''), Buffer.from('x')]), pingreq);
  await client.closedSilently();
});
