import { expect } from 'vitest';
import { untilTime } from '../support/clock.ts';
import {
  connectBytes,
  packet,
  properties,
  property,
  publishBytes,
  text,
  u16,
  u32,
  byte,
} from '../support/bytes.ts';
import { messagesBefore } from '../support/marker.ts';
import { useServer } from '../support/server.ts';
import { cutOff, goAway, lasting } from '../support/sessions.ts';

const { overTransports } = useServer({ version: 5 });

overTransports.concurrent(
  'keeps a session while its connection is open, however long past its expiry [MQTT-4.1.0-1]',
  async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const client = await connect(lasting(id, 1));
    await client.subscribe(topic(), 2);
    const publisher = await connect();
    client.send(publishBytes({ topic: topic('up'), qos: 2, packetId: 9, properties: [] }));
    await client.expect('pubrec');
    await untilTime(Date.now() + 2500);
    await publisher.publish(topic(), 'still here', 2);
    expect(await client.receivePayloads(1)).toEqual(['still here']);
    client.send({ cmd: 'pubrel', messageId: 9 });
    expect(await client.expect('pubcomp')).toMatchObject({ messageId: 9, reasonCode: 0 });
    await cutOff(scene, client);
    expect((await connect(lasting(id, 1))).connack.sessionPresent).toBe(true);
  },
);

overTransports(
  'keeps the state of a session without expiry for as long as the connection lasts [MQTT-4.1.0-1]',
  async ({ connect, topic }) => {
    const client = await connect();
    await client.subscribe(topic(), 2);
    const publisher = await connect();
    for (let n = 0; n < 20; n++) {
      await publisher.publish(topic(), String(n), 2);
      expect(await client.receivePayloads(1)).toEqual([String(n)]);
    }
  },
);

overTransports.concurrent(
  'discards a session when its expiry has passed since the connection closed [MQTT-4.1.0-2]',
  async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const first = await connect(lasting(id, 1));
    await first.subscribe(topic(), 1);
    await cutOff(scene, first);
    const publisher = await connect();
    await publisher.publish(topic(), 'for the dead', 1);
    await untilTime(Date.now() + 1300);
    const second = await connect(lasting(id, 1));
    expect(second.connack.sessionPresent).toBe(false);
    await publisher.publish(topic(), 'not subscribed', 1);
    await second.subscribe(topic('marker'), 1);
    expect(await messagesBefore(second, publisher, topic('marker'), 1)).toEqual([]);
  },
);

const without: [what: string, expiry: number | undefined][] = [
  ['of 0', 0],
  ['that is not given', undefined],
];

overTransports.each(without)(
  'discards a session with an expiry %s as the connection closes [MQTT-4.1.0-2]',
  async (scene, _, expiry) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const more = expiry === undefined ? {} : { properties: { sessionExpiryInterval: expiry } };
    const first = await connect({ clientId: id, clean: false, ...more });
    await first.subscribe(topic(), 1);
    const publisher = await connect();
    await publisher.publish(topic(), 'not acknowledged', 1);
    await first.expect('publish');
    await cutOff(scene, first);
    const second = await connect({ clientId: id, clean: false, ...more });
    expect(second.connack.sessionPresent).toBe(false);
    await second.subscribe(topic('marker'), 1);
    await publisher.publish(topic(), 'not subscribed', 1);
    expect(await messagesBefore(second, publisher, topic('marker'), 1)).toEqual([]);
  },
);

overTransports('the expiry of the latest CONNECT is the one that counts [MQTT-4.1.0-2]', async (scene) => {
  const { connect } = scene;
  const id = scene.id();
  await goAway(scene, await connect(lasting(id, 300)));
  const second = await connect(lasting(id, 0));
  expect(second.connack.sessionPresent).toBe(true);
  await goAway(scene, second);
  expect((await connect(lasting(id))).connack.sessionPresent).toBe(false);
});

overTransports(
  'Clean Start discards the session that was there [MQTT-3.1.2-4] [MQTT-3.1.2-6]',
  async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const first = await connect(lasting(id));
    await first.subscribe([topic('one'), topic('two')], 2);
    const publisher = await connect();
    await publisher.publish(topic('one'), 'in flight', 1);
    await publisher.publish(topic('one'), 'in flight', 2);
    await first.expect('publish');
    await cutOff(scene, first);
    await publisher.publish(topic('one'), 'queued', 1);
    const second = await connect({ ...lasting(id), clean: true });
    expect(second.connack.sessionPresent).toBe(false);
    await second.subscribe(topic('marker'), 1);
    await publisher.publish(topic('two'), 'not subscribed', 1);
    expect(await messagesBefore(second, publisher, topic('marker'), 1)).toEqual([]);
  },
);

overTransports(
  'a resumed session has everything it had: subscriptions with options, messages on their way both ways, messages waiting [MQTT-4.1.0-1] [MQTT-3.1.2-5]',
  async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const first = await connect(lasting(id));
    const identifier = { properties: { subscriptionIdentifier: 12 } };
    await first.subscribe({ topic: topic('down/+'), qos: 2, nl: true, rap: true }, 2, identifier);
    const publisher = await connect();
    await publisher.publish(topic('down/a'), 'in flight', 1);
    const inFlight = await first.expect('publish');
    first.send(publishBytes({ topic: topic('up'), qos: 2, packetId: 7, properties: [] }));
    await first.take('pubrec');
    await cutOff(scene, first);
    await publisher.publish(topic('down/b'), 'waiting', 2, { retain: true });

    const second = await connect(lasting(id));
    expect(second.connack.sessionPresent).toBe(true);
    expect(await second.receive()).toMatchObject({ dup: true, messageId: inFlight.messageId });
    const waiting = await second.receive();
    expect(waiting).toMatchObject({ topic: topic('down/b'), dup: false, qos: 2, retain: true });
    expect(waiting.properties?.subscriptionIdentifier).toBe(12);
    second.send({ cmd: 'pubrel', messageId: 7 });
    expect(await second.expect('pubcomp')).toMatchObject({ messageId: 7, reasonCode: 0 });
    await second.publish(topic('down/c'), 'own', 2);
    await publisher.publish(topic('down/d'), 'live', 2, { retain: true });
    expect(await second.receive()).toMatchObject({ topic: topic('down/d'), retain: true });
  },
);

overTransports(
  'a takeover resumes the session while the older connection is still there [MQTT-4.1.0-1]',
  async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const first = await connect(lasting(id));
    await first.subscribe(topic(), 1);
    const publisher = await connect();
    await publisher.publish(topic(), 'not acknowledged', 1);
    const { messageId } = await first.expect('publish');
    const second = await connect(lasting(id));
    expect(second.connack.sessionPresent).toBe(true);
    expect(await second.receive()).toMatchObject({ messageId, dup: true });
    expect(await messagesBefore(second, publisher, topic(), 1)).toEqual([]);
  },
);

overTransports(
  'reads a conversation byte by byte as it reads it whole [MQTT-4.2.0-1]',
  async ({ open, topic, id }) => {
    const client = await open();
    const bytes = Buffer.concat([
      connectBytes({ level: 5, clientId: id(), properties: [property('sessionExpiry', u32(0))] }),
      packet('subscribe', [u16(1), properties(), text(topic()), byte(2)]),
      publishBytes({ topic: topic(), payload: 'x'.repeat(200), qos: 2, packetId: 2, properties: [] }),
    ]);
    await client.sendSplit(bytes, 1);
    expect((await client.expect('connack')).reasonCode).toBe(0);
    expect((await client.expect('suback')).granted).toEqual([2]);
    await client.take('pubrec');
    expect((await client.take('publish')).payload).toHaveLength(200);
  },
);

overTransports(
  'loses and reorders nothing of a long stream of bytes in both directions [MQTT-4.2.0-1]',
  async ({ connect, topic }) => {
    const client = await connect();
    await client.subscribe(topic(), 0);
    const payloads = Array.from({ length: 60 }, (_, n) => Buffer.alloc((n * 797) % 9000, n));
    client.send(...payloads.map((payload) => publishBytes({ topic: topic(), payload, properties: [] })));
    for (const payload of payloads) expect((await client.expect('publish')).payload).toEqual(payload);
  },
);

overTransports(
  'a session that is to end with this connection is resumed with all it has before it ends [MQTT-4.1.0-1] [MQTT-4.1.0-2]',
  async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const first = await connect(lasting(id));
    await first.subscribe(topic(), 2);
    const publisher = await connect();
    await publisher.publish(topic(), 'sent', 1);
    await publisher.publish(topic(), 'received', 2);
    const sent = await first.expect('publish');
    const received = await first.expect('publish');
    first.send({ cmd: 'pubrec', messageId: received.messageId ?? 0 });
    await first.expect('pubrel');
    await cutOff(scene, first);
    await publisher.publish(topic(), 'queued', 2);

    const last = await connect(lasting(id, 0));
    expect(last.connack.sessionPresent).toBe(true);
    expect((await last.take('pubrel')).messageId).toBe(received.messageId);
    last.send({ cmd: 'pubcomp', messageId: received.messageId ?? 0 });
    expect(await last.receive()).toMatchObject({ messageId: sent.messageId, dup: true });
    expect(await last.receivePayloads(1)).toEqual(['queued']);
    await publisher.publish(topic(), 'live', 2);
    expect(await last.receivePayloads(1)).toEqual(['live']);
    await last.nothingMore();
    await cutOff(scene, last);
    expect((await connect(lasting(id))).connack.sessionPresent).toBe(false);
  },
);

overTransports(
  'a session goes on whichever version of the protocol its client speaks [MQTT-4.1.0-1]',
  async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const publisher = await connect();
    const first = await connect(lasting(id));
    await first.subscribe(topic(), 1, { properties: { subscriptionIdentifier: 5 } });
    await cutOff(scene, first);
    await publisher.publish(topic(), 'for 3.1.1', 1, { properties: { contentType: 'text' } });
    const older = await connect({ clientId: id, clean: false }, 4);
    expect(older.connack.sessionPresent).toBe(true);
    expect(await older.receivePayloads(1)).toEqual(['for 3.1.1']);
    await cutOff(scene, older);
    await publisher.publish(topic(), 'for 5', 1, { properties: { contentType: 'text' } });
    const newer = await connect(lasting(id));
    expect((await newer.receive()).properties).toEqual({ contentType: 'text', subscriptionIdentifier: 5 });
  },
);

overTransports.each([[1], [2]] as [qos: 1 | 2][])(
  'delivers large QoS %s messages that come together to a subscriber that reads [MQTT-4.2.0-1]',
  async ({ connect, topic }, qos) => {
    const subscriber = await connect();
    await subscriber.subscribe(topic(), qos);
    const publishers = [await connect(), await connect(), await connect()];
    await Promise.all(
      publishers.map((publisher, n) => publisher.publish(topic(), Buffer.alloc(900_000, n), qos)),
    );
    const kinds = new Set<number | undefined>();
    for (let n = 0; n < 3; n++) {
      const { payload } = await subscriber.receive();
      expect(payload).toHaveLength(900_000);
      kinds.add((payload as Buffer)[899_999]);
    }
    expect(kinds.size).toBe(3);
    await subscriber.nothingMore();
  },
);

overTransports(
  'large QoS 0 messages that come together do not end the connection of a subscriber that reads [MQTT-4.1.0-1]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    await subscriber.subscribe([topic('large'), topic('small')], 0);
    const publishers = await Promise.all([connect(), connect(), connect(), connect()]);
    await Promise.all(
      publishers.map((publisher) => publisher.publish(topic('large'), Buffer.alloc(900_000), 0)),
    );
    subscriber.send({ cmd: 'pingreq' });
    await subscriber.take('pingresp');
    await publishers[0]!.publish(topic('small'), 'x', 0);
    const small = await subscriber.take('publish', (message) => message.topic === topic('small'));
    expect(String(small.payload)).toBe('x');
  },
);
