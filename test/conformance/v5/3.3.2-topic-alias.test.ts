import { expect } from 'vitest';
import { property, publishBytes, u16 } from '../support/bytes.ts';
import type { Client } from '../support/client.ts';
import { readPublish } from '../support/publish-reader.ts';
import { useServer } from '../support/server.ts';
import { cutOff, lasting } from '../support/sessions.ts';

const { overTransports } = useServer({ version: 5, config: { limits: { maxTopicAliases: 5 } } });

const alias = (topicAlias: number) => ({ properties: { topicAlias } });

overTransports(
  'takes each alias from 1 to its maximum, at every QoS [MQTT-3.3.2-12]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    await subscriber.subscribe(topic('#'), 2);
    const publisher = await connect();
    expect(publisher.connack.properties?.topicAliasMaximum).toBe(5);
    for (let n = 1; n <= 5; n++) await publisher.publish(topic(`t${n}`), `${n} by name`, 1, alias(n));
    for (let n = 1; n <= 5; n++) await publisher.publish('', `${n} by alias`, 1, alias(n));
    for (let round = 0; round < 2; round++)
      for (let n = 1; n <= 5; n++)
        expect(await subscriber.receive()).toMatchObject({ topic: topic(`t${n}`) });
    for (const qos of [0, 1, 2] as const) {
      await publisher.publish('', 'x', qos, alias(2));
      expect(await subscriber.receive()).toMatchObject({ topic: topic('t2'), qos });
    }
  },
);

overTransports(
  'an alias means the topic it was last sent with [MQTT-3.3.2-12]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    await subscriber.subscribe(topic('#'), 1);
    const publisher = await connect();
    await publisher.publish(topic('old'), '', 1, alias(1));
    await publisher.publish(topic('new'), '', 1, alias(1));
    await publisher.publish('', '', 1, alias(1));
    for (const rest of ['old', 'new', 'new'])
      expect(await subscriber.receive()).toMatchObject({ topic: topic(rest) });
  },
);

overTransports('aliases are a connection’s own [MQTT-3.3.2-7]', async ({ connect, topic }) => {
  const subscriber = await connect();
  await subscriber.subscribe(topic('#'), 1);
  const [one, other] = [await connect(), await connect()];
  await one.publish(topic('one'), '', 1, alias(1));
  await other.publish(topic('other'), '', 1, alias(1));
  await one.publish('', '', 1, alias(1));
  for (const rest of ['one', 'other', 'one'])
    expect(await subscriber.receive()).toMatchObject({ topic: topic(rest) });
});

overTransports(
  'an alias of an earlier connection of the same session means nothing [MQTT-3.3.2-7]',
  async (scene) => {
    const id = scene.id();
    const first = await scene.connect(lasting(id));
    await first.publish(scene.topic(), '', 1, alias(1));
    await cutOff(scene, first);
    const second = await scene.connect(lasting(id));
    second.send(
      publishBytes({ topic: '', qos: 1, packetId: 1, properties: [property('topicAlias', u16(1))] }),
    );
    await second.disconnectedWith(0x82, 0x94);
  },
);

overTransports(
  'keeps a retained message under its topic, not under an alias [MQTT-3.3.2-7]',
  async ({ connect, topic }) => {
    const publisher = await connect();
    await publisher.publish(topic(), 'by name', 1, alias(1));
    await publisher.publish('', 'by alias', 1, { retain: true, ...alias(1) });
    const subscriber = await connect();
    await subscriber.subscribe(topic(), 1);
    const message = await subscriber.receive();
    expect(message.topic).toBe(topic());
    expect(String(message.payload)).toBe('by alias');
  },
);

overTransports('refuses Topic Alias 0 with 0x94 [MQTT-3.3.2-8]', async ({ connect, topic }) => {
  const client = await connect();
  const properties = [property('topicAlias', u16(0))];
  client.send(publishBytes({ topic: topic(), qos: 1, packetId: 1, properties }));
  await client.disconnectedWith(0x94);
});

overTransports.each([[6], [0xffff]])(
  'refuses Topic Alias %s, above its maximum of 5, with 0x94 [MQTT-3.3.2-9]',
  async ({ connect, topic }, value) => {
    const client = await connect();
    const properties = [property('topicAlias', u16(value))];
    client.send(publishBytes({ topic: topic(), qos: 1, packetId: 1, properties }));
    await client.disconnectedWith(0x94);
  },
);

/** The next message's topic as it stood on the wire, and the alias beside it. */
async function wireTopic(client: Client): Promise<{ topic: string; alias: number | undefined }> {
  const { raw, packet } = await client.nextRaw('publish');
  await client.accept(packet);
  const { topic, properties } = readPublish(raw);
  const value = properties.find(([name]) => name === 'topicAlias')?.[1];
  return { topic: topic.toString(), alias: value?.readUInt16BE() };
}

const noAliases: [what: string, properties: { topicAliasMaximum?: number }][] = [
  ['no Topic Alias Maximum', {}],
  ['a Topic Alias Maximum of 0', { topicAliasMaximum: 0 }],
];

overTransports.each(noAliases)(
  'sends no alias to a client with %s [MQTT-3.3.2-11]',
  async ({ connect, topic }, _, properties) => {
    const subscriber = await connect({ properties });
    await subscriber.subscribe(topic(), 2);
    const publisher = await connect();
    for (let n = 0; n < 6; n++) {
      await publisher.publish(topic(), '', (n % 3) as 0 | 1 | 2, alias(1));
      expect(await wireTopic(subscriber)).toEqual({ topic: topic(), alias: undefined });
    }
  },
);

overTransports(
  'sends a topic once by name and alias, and from then on by alias alone [MQTT-3.3.2-11]',
  async ({ connect, topic }) => {
    const subscriber = await connect({ properties: { topicAliasMaximum: 1 } });
    await subscriber.subscribe(topic(), 2);
    const publisher = await connect();
    for (const qos of [0, 1, 2] as const) {
      await publisher.publish(topic(), '', qos);
      expect(await wireTopic(subscriber)).toEqual({ topic: qos === 0 ? topic() : '', alias: 1 });
    }
  },
);

overTransports(
  'sends no alias above the client’s maximum, and every topic can be told [MQTT-3.3.2-11]',
  async ({ connect, topic }) => {
    const subscriber = await connect({ properties: { topicAliasMaximum: 2 } });
    await subscriber.subscribe(topic('#'), 1);
    const publisher = await connect();
    const known = new Map<number, string>();
    for (let n = 0; n < 20; n++) {
      const sent = topic(`t${(n * 7) % 5}`);
      await publisher.publish(sent, '', 1);
      const got = await wireTopic(subscriber);
      if (got.alias !== undefined) {
        expect([1, 2]).toContain(got.alias);
        if (got.topic !== '') known.set(got.alias, got.topic);
      }
      expect(got.topic === '' ? known.get(got.alias ?? 0) : got.topic).toBe(sent);
    }
  },
);

overTransports(
  'sends again by name what it had sent by alias over the connection before [MQTT-3.3.2-7]',
  async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const maximum = { topicAliasMaximum: 3 };
    const first = await connect(lasting(id, 300, maximum));
    await first.subscribe(topic(), 1);
    const publisher = await connect();
    for (let n = 0; n < 3; n++) {
      await publisher.publish(topic(), String(n), 1);
      await first.expect('publish');
    }
    await cutOff(scene, first);
    const second = await connect(lasting(id, 300, maximum));
    expect((await wireTopic(second)).topic).toBe(topic());
    await cutOff(scene, second);
    const third = await connect(lasting(id));
    for (let n = 1; n < 3; n++) expect(await wireTopic(third)).toEqual({ topic: topic(), alias: undefined });
  },
);
