import { expect } from 'vitest';
import { publishBytes } from '../support/bytes.ts';
import { useServer } from '../support/server.ts';
import { cutOff, lasting, sessionKinds } from '../support/sessions.ts';

const { overTransports } = useServer({ version: 5, config: { limits: { maxInflightUp: 4 } } });

const qos2 = (topic: string, packetId: number): Buffer =>
  publishBytes({ topic, payload: String(packetId), qos: 2, packetId, properties: [] });

overTransports(
  'refuses more QoS 2 messages without PUBREL than its Receive Maximum, with 0x93 [MQTT-3.3.4-7]',
  async ({ connect, topic }) => {
    const client = await connect();
    expect(client.connack.properties?.receiveMaximum).toBe(4);
    for (let id = 1; id <= 4; id++) {
      client.send(qos2(topic(), id));
      expect((await client.expect('pubrec')).messageId).toBe(id);
    }
    client.send(qos2(topic(), 5));
    await client.disconnectedWith(0x93);
  },
);

overTransports(
  'takes as many QoS 2 messages as its Receive Maximum, and one more for each PUBCOMP [MQTT-3.3.4-7]',
  async ({ connect, topic }) => {
    const client = await connect();
    for (let id = 1; id <= 4; id++) client.send(qos2(topic(), id));
    for (let id = 1; id <= 4; id++) expect((await client.expect('pubrec')).messageId).toBe(id);
    for (let id = 5; id <= 12; id++) {
      client.send({ cmd: 'pubrel', messageId: id - 4 });
      await client.expect('pubcomp');
      client.send(qos2(topic(), id));
      expect((await client.expect('pubrec')).messageId).toBe(id);
    }
  },
);

overTransports(
  'a repeated PUBLISH is none above Receive Maximum [MQTT-3.3.4-7] [MQTT-4.3.3-10]',
  async ({ connect, topic }) => {
    const client = await connect();
    for (let id = 1; id <= 4; id++) client.send(qos2(topic(), id));
    for (let id = 1; id <= 4; id++) await client.expect('pubrec');
    client.send(publishBytes({ topic: topic(), qos: 2, packetId: 3, dup: true, properties: [] }));
    expect((await client.expect('pubrec')).messageId).toBe(3);
  },
);

overTransports(
  'counts QoS 0 messages and other packets for nothing [MQTT-3.3.4-7]',
  async ({ connect, topic }) => {
    const client = await connect();
    for (let id = 1; id <= 4; id++) client.send(qos2(topic(), id));
    for (let id = 1; id <= 4; id++) await client.expect('pubrec');
    for (let n = 0; n < 10; n++) client.send(publishBytes({ topic: topic(), properties: [] }));
    await client.subscribe(topic('other'));
    await client.nothingMore();
  },
);

overTransports.each(sessionKinds)(
  'sends %s no more than the client’s Receive Maximum without an answer [MQTT-3.3.4-9]',
  async ({ connect, topic }, _, sessionExpiryInterval) => {
    const subscriber = await connect({ properties: { receiveMaximum: 3, sessionExpiryInterval } });
    await subscriber.subscribe(topic(), 2);
    const publisher = await connect();
    for (let n = 0; n < 8; n++) await publisher.publish(topic(), String(n), n % 2 === 0 ? 1 : 2);
    const held = [];
    for (let n = 0; n < 3; n++) held.push(await subscriber.expect('publish'));
    await subscriber.nothingMore();
    for (let n = 3; n < 8; n++) {
      const oldest = held.shift();
      if (oldest !== undefined) await subscriber.accept(oldest);
      const message = await subscriber.expect('publish');
      expect(String(message.payload)).toBe(String(n));
      held.push(message);
      await subscriber.nothingMore();
    }
  },
);

overTransports(
  'a Receive Maximum is the connection’s: a narrower one holds after the return [MQTT-3.3.4-9]',
  async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const wide = await connect(lasting(id, 300, { receiveMaximum: 10 }));
    await wide.subscribe(topic(), 1);
    const publisher = await connect();
    for (let n = 0; n < 5; n++) await publisher.publish(topic(), String(n), 1);
    for (let n = 0; n < 5; n++) await wide.expect('publish');
    await cutOff(scene, wide);
    const narrow = await connect(lasting(id, 300, { receiveMaximum: 2 }));
    const first = await narrow.expect('publish');
    await narrow.expect('publish');
    await narrow.nothingMore();
    await narrow.accept(first);
    expect(String((await narrow.expect('publish')).payload)).toBe('2');
    await narrow.nothingMore();
  },
);

overTransports.each(sessionKinds)(
  'delays nothing for %s but QoS 1 and 2 while the client’s window is full [MQTT-3.3.4-10] [MQTT-4.9.0-3]',
  async ({ connect, topic }, _, sessionExpiryInterval) => {
    const subscriber = await connect({ properties: { receiveMaximum: 1, sessionExpiryInterval } });
    await subscriber.subscribe([topic('slow'), topic('quick')], 1);
    const publisher = await connect();
    for (let n = 0; n < 3; n++) await publisher.publish(topic('slow'), String(n), 1);
    const held = await subscriber.expect('publish');
    await publisher.publish(topic('quick'), 'QoS 0 passes', 0);
    expect(await subscriber.expect('publish')).toMatchObject({ topic: topic('quick'), qos: 0 });
    await subscriber.subscribe(topic('more'));
    await subscriber.unsubscribe(topic('more'));
    await subscriber.publish(topic('elsewhere'), 'x', 1);
    await subscriber.publish(topic('elsewhere'), 'x', 2);
    await subscriber.nothingMore();
    await subscriber.accept(held);
    expect(await subscriber.receivePayloads(2)).toEqual(['1', '2']);
  },
);
