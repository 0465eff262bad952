import { expect } from 'vitest';
import { publishBytes } from '../support/bytes.ts';
import { messagesBefore } from '../support/marker.ts';
import { readPublish } from '../support/publish-reader.ts';
import { useServer } from '../support/server.ts';
import { cutOff, lasting, sessionKinds } from '../support/sessions.ts';
import { uplinkOf } from '../../support/streams.ts';

const { overTransports } = useServer({ version: 5 });

/** A QoS 2 PUBLISH under packet id 7. */
const seven = (topic: string, payload: string, dup = false): Buffer =>
  publishBytes({ topic, payload, qos: 2, packetId: 7, dup, properties: [] });

overTransports.each(sessionKinds)(
  'gives each QoS 2 message in flight to %s a packet id of its own, and DUP 0 [MQTT-4.3.3-1] [MQTT-4.3.3-2]',
  async ({ connect, topic }, _, sessionExpiryInterval) => {
    const subscriber = await connect({ properties: { sessionExpiryInterval } });
    await subscriber.subscribe(topic(), 2);
    const publisher = await connect();
    const ids = new Set<number | undefined>();
    for (let n = 0; n < 20; n++) {
      await publisher.publish(topic(), String(n), n % 4 === 0 ? 1 : 2);
      const { flags, packetId } = readPublish((await subscriber.nextRaw('publish')).raw);
      expect(flags).toBe(n % 4 === 0 ? 2 : 4);
      expect(packetId).toBeGreaterThan(0);
      ids.add(packetId);
    }
    expect(ids.size).toBe(20);
  },
);

overTransports.each(sessionKinds)(
  'in %s does not use a packet id again between PUBREC and PUBCOMP [MQTT-4.3.3-1] [MQTT-4.3.3-5]',
  async ({ connect, topic }, _, sessionExpiryInterval) => {
    const subscriber = await connect({ properties: { receiveMaximum: 3, sessionExpiryInterval } });
    await subscriber.subscribe(topic(), 2);
    const publisher = await connect();
    await publisher.publish(topic(), 'held', 2);
    const held = (await subscriber.expect('publish')).messageId ?? 0;
    subscriber.send({ cmd: 'pubrec', messageId: held });
    await subscriber.expect('pubrel');
    for (let n = 0; n < 30; n++) {
      await publisher.publish(topic(), String(n), 2);
      const message = await subscriber.receive();
      expect(message.messageId).not.toBe(held);
    }
    subscriber.send({ cmd: 'pubcomp', messageId: held });
    await subscriber.nothingMore();
  },
);

overTransports(
  'a QoS 2 message is unacknowledged until its PUBREC comes: it holds its place and is sent again [MQTT-4.3.3-3]',
  async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const first = await connect(lasting(id, 300, { receiveMaximum: 1 }));
    await first.subscribe(topic(), 2);
    const publisher = await connect();
    await publisher.publish(topic(), 'one', 2);
    await publisher.publish(topic(), 'two', 2);
    const { messageId } = await first.expect('publish');
    await first.nothingMore();
    await cutOff(scene, first);
    const second = await connect(lasting(id, 300, { receiveMaximum: 1 }));
    expect(await second.receive()).toMatchObject({ messageId, dup: true, qos: 2 });
    const two = await second.receive();
    expect(two.dup).toBe(false);
    expect(String(two.payload)).toBe('two');
  },
);

overTransports.each(sessionKinds)(
  'in %s answers PUBREC below 0x80 by PUBREL of the same packet id, each of several [MQTT-4.3.3-4]',
  async ({ connect, topic }, _, sessionExpiryInterval) => {
    const subscriber = await connect({ properties: { sessionExpiryInterval } });
    await subscriber.subscribe(topic(), 2);
    const publisher = await connect();
    for (const payload of ['a', 'b', 'c']) await publisher.publish(topic(), payload, 2);
    const ids: number[] = [];
    for (let n = 0; n < 3; n++) ids.push((await subscriber.expect('publish')).messageId ?? 0);
    for (const messageId of ids) {
      subscriber.send({ cmd: 'pubrec', messageId, reasonCode: messageId === ids[0] ? 0x10 : 0 });
      expect(await subscriber.expect('pubrel')).toMatchObject({ messageId, reasonCode: 0 });
    }
    for (const messageId of ids) subscriber.send({ cmd: 'pubcomp', messageId });
    await subscriber.nothingMore();
  },
);

overTransports.each(sessionKinds)(
  'in %s answers a repeated PUBREC by PUBREL again [MQTT-4.3.3-4]',
  async ({ connect, topic }, _, sessionExpiryInterval) => {
    const subscriber = await connect({ properties: { sessionExpiryInterval } });
    await subscriber.subscribe(topic(), 2);
    await (await connect()).publish(topic(), 'x', 2);
    const { messageId = 0 } = await subscriber.expect('publish');
    for (let n = 0; n < 2; n++) {
      subscriber.send({ cmd: 'pubrec', messageId });
      expect(await subscriber.expect('pubrel')).toMatchObject({ messageId, reasonCode: 0 });
    }
  },
);

overTransports(
  'sends no PUBREL after a PUBREC of 0x80 or above, and lets the message go [MQTT-4.3.3-4] [MQTT-4.4.0-2]',
  async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const first = await connect(lasting(id));
    await first.subscribe(topic(), 2);
    const publisher = await connect();
    await publisher.publish(topic(), 'refused', 2);
    const { messageId = 0 } = await first.expect('publish');
    first.send({ cmd: 'pubrec', messageId, reasonCode: 0x97 });
    await first.nothingMore();
    await cutOff(scene, first);
    const second = await connect(lasting(id));
    expect(await messagesBefore(second, publisher, topic(), 2)).toEqual([]);
  },
);

overTransports(
  'sends PUBREL, and not PUBLISH, again until PUBCOMP comes [MQTT-4.3.3-5] [MQTT-4.3.3-6]',
  async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    let client = await connect(lasting(id));
    await client.subscribe(topic(), 2);
    const publisher = await connect();
    await publisher.publish(topic(), 'x', 2);
    const { messageId = 0 } = await client.expect('publish');
    client.send({ cmd: 'pubrec', messageId });
    for (let round = 0; round < 3; round++) {
      expect((await client.expect('pubrel')).messageId).toBe(messageId);
      await client.nothingMore();
      await cutOff(scene, client);
      client = await connect(lasting(id));
    }
    expect((await client.expect('pubrel')).messageId).toBe(messageId);
    client.send({ cmd: 'pubcomp', messageId });
    await client.nothingMore();
    await cutOff(scene, client);
    client = await connect(lasting(id));
    expect(await messagesBefore(client, publisher, topic(), 2)).toEqual([]);
  },
);

overTransports(
  'answers QoS 2 by a PUBREC of its packet id, once the message is stored [MQTT-4.3.3-8]',
  async ({ connect, topic, id, redis }) => {
    const clientId = id();
    const client = await connect({ clientId });
    for (const packetId of [1, 65_535, 300]) {
      client.send(publishBytes({ topic: topic(), qos: 2, packetId, properties: [] }));
      expect((await client.expect('pubrec')).messageId).toBe(packetId);
    }
    expect(await uplinkOf(redis.client, clientId)).toHaveLength(3);
  },
);

overTransports(
  'answers a PUBLISH repeated before PUBREL by PUBREC, and passes it on once [MQTT-4.3.3-10]',
  async ({ connect, topic, id, redis }) => {
    const subscriber = await connect();
    await subscriber.subscribe(topic(), 2);
    const clientId = id();
    const publisher = await connect({ clientId });
    publisher.send(seven(topic(), 'once'));
    await publisher.expect('pubrec');
    publisher.send(seven(topic(), 'once', true), seven(topic(), 'once', false), seven(topic(), 'once', true));
    for (let n = 0; n < 3; n++)
      expect(await publisher.expect('pubrec')).toMatchObject({ messageId: 7, reasonCode: 0 });
    publisher.send({ cmd: 'pubrel', messageId: 7 });
    await publisher.expect('pubcomp');
    expect(await subscriber.receivePayloads(1)).toEqual(['once']);
    expect(await messagesBefore(subscriber, await connect(), topic(), 2)).toEqual([]);
    expect(await uplinkOf(redis.client, clientId)).toHaveLength(1);
  },
);

overTransports(
  'passes a message on once although it comes again over the next connection [MQTT-4.3.3-10]',
  async (scene) => {
    const { connect, topic } = scene;
    const online = await connect();
    await online.subscribe(topic(), 2);
    const awayId = scene.id();
    const away = await connect(lasting(awayId));
    await away.subscribe(topic(), 2);
    await cutOff(scene, away);

    const id = scene.id();
    const first = await connect(lasting(id));
    first.send(seven(topic(), 'once'));
    await first.expect('pubrec');
    await cutOff(scene, first);
    const second = await connect(lasting(id));
    second.send(seven(topic(), 'once', true));
    expect(await second.expect('pubrec')).toMatchObject({ messageId: 7, reasonCode: 0 });
    second.send({ cmd: 'pubrel', messageId: 7 });
    expect(await second.expect('pubcomp')).toMatchObject({ messageId: 7, reasonCode: 0 });

    await (await connect()).publish(topic(), 'end', 2);
    for (const subscriber of [online, await connect(lasting(awayId))])
      expect(await subscriber.receivePayloads(2)).toEqual(['once', 'end']);
  },
);

overTransports(
  'answers PUBREL by a PUBCOMP of its packet id, and a repeated one too [MQTT-4.3.3-11]',
  async ({ connect, topic }) => {
    const client = await connect();
    client.send(seven(topic(), 'x'));
    await client.expect('pubrec');
    client.send({ cmd: 'pubrel', messageId: 7 });
    expect(await client.expect('pubcomp')).toMatchObject({ messageId: 7, reasonCode: 0 });
    client.send({ cmd: 'pubrel', messageId: 7 });
    expect((await client.expect('pubcomp')).messageId).toBe(7);
  },
);

overTransports('answers PUBREL over the next connection [MQTT-4.3.3-11]', async (scene) => {
  const id = scene.id();
  const first = await scene.connect(lasting(id));
  first.send(seven(scene.topic(), 'x'));
  await first.expect('pubrec');
  await cutOff(scene, first);
  const second = await scene.connect(lasting(id));
  second.send({ cmd: 'pubrel', messageId: 7 });
  expect(await second.expect('pubcomp')).toMatchObject({ messageId: 7, reasonCode: 0 });
});

overTransports(
  'takes the same packet id after PUBCOMP for a new message, whatever DUP says [MQTT-4.3.3-12]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    await subscriber.subscribe(topic(), 2);
    const publisher = await connect();
    for (const [n, dup] of [false, true, false].entries()) {
      publisher.send(seven(topic(), String(n), dup));
      await publisher.expect('pubrec');
      publisher.send({ cmd: 'pubrel', messageId: 7 });
      await publisher.expect('pubcomp');
    }
    expect(await subscriber.receivePayloads(3)).toEqual(['0', '1', '2']);
  },
);

overTransports(
  'takes a packet id whose QoS 2 exchange ended with its session for a new message [MQTT-4.3.3-12]',
  async (scene) => {
    const { connect, topic } = scene;
    const subscriber = await connect();
    await subscriber.subscribe(topic(), 2);
    const id = scene.id();
    const first = await connect(lasting(id));
    first.send(seven(topic(), 'old'));
    await first.expect('pubrec');
    await cutOff(scene, first);
    const second = await connect({ ...lasting(id), clean: true });
    second.send(seven(topic(), 'new', true));
    await second.expect('pubrec');
    expect(await subscriber.receivePayloads(2)).toEqual(['old', 'new']);
  },
);

/** Where a connection breaks within the publishing of a QoS 2 message: behind what the sender sent last, or got. */
const breaks = ['publish sent', 'pubrec came', 'pubrel sent', 'pubcomp came', 'never'] as const;

overTransports(
  'passes a message on once wherever the connection of its publisher breaks [MQTT-4.3.3-10] [MQTT-4.3.3-11]',
  async (scene) => {
    const { connect, topic } = scene;
    const subscriber = await connect();
    await subscriber.subscribe(topic(), 2);
    const id = scene.id();
    let client = await connect(lasting(id));
    const again = async (): Promise<void> => {
      client.drop();
      client = await connect(lasting(id));
    };
    const count = 20;
    for (let n = 0; n < count; n++) {
      const at = breaks[n % breaks.length];
      const packetId = (n % 3) + 1;
      const publish = (dup: boolean): Buffer =>
        publishBytes({ topic: topic(), payload: String(n), qos: 2, packetId, dup, properties: [] });
      client.send(publish(false));
      if (at === 'publish sent') {
        await again();
        client.send(publish(true));
      }
      await client.expect('pubrec');
      if (at === 'pubrec came') await again();
      client.send({ cmd: 'pubrel', messageId: packetId });
      if (at === 'pubrel sent') {
        await again();
        client.send({ cmd: 'pubrel', messageId: packetId });
      }
      await client.expect('pubcomp');
      if (at === 'pubcomp came') await again();
    }
    expect(await subscriber.receivePayloads(count)).toEqual(
      Array.from({ length: count }, (_, n) => String(n)),
    );
    expect(await messagesBefore(subscriber, await connect(), topic(), 2)).toEqual([]);
  },
);
