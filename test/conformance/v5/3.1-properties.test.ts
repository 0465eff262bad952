import { expect } from 'vitest';
import {
  byte,
  connectBytes,
  packet,
  properties,
  property,
  publishBytes,
  text,
  u16,
  u32,
} from '../support/bytes.ts';
import { codeOf } from '../support/client.ts';
import { messagesBefore } from '../support/marker.ts';
import { readPublish } from '../support/publish-reader.ts';
import { cutOff, lasting } from '../support/sessions.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({
  version: 5,
  config: { mqtt: { responseInformation: 'replies/${clientId}' }, access: { denyPublish: ['closed'] } },
});

overTransports(
  'sends nothing above the client’s Maximum Packet Size, and goes on behind it [MQTT-3.1.2-24] [MQTT-3.1.2-25]',
  async ({ connect, topic }) => {
    for (const sessionExpiryInterval of [0, 300]) {
      const below = topic(`${sessionExpiryInterval}`);
      const limits = { maximumPacketSize: 200, receiveMaximum: 1, sessionExpiryInterval };
      const subscriber = await connect({ properties: limits });
      await subscriber.subscribe(`${below}/#`, 2);
      const publisher = await connect();
      for (const qos of [0, 1, 2] as const) {
        await publisher.publish(`${below}/large`, Buffer.alloc(300, 'x'), qos);
        await publisher.publish(`${below}/small`, 'small', qos);
        expect((await subscriber.receive()).topic).toBe(`${below}/small`);
      }
      expect(await messagesBefore(subscriber, publisher, `${below}/marker`, 1)).toEqual([]);
      expect(Math.max(...subscriber.history.map(({ raw }) => raw.length))).toBeLessThanOrEqual(200);
    }
  },
);

overTransports(
  'a packet of exactly the Maximum Packet Size is sent, one byte more is not [MQTT-3.1.2-24]',
  async ({ connect, topic }) => {
    const exact = publishBytes({ topic: topic(), payload: 'x'.repeat(60), properties: [] });
    const subscriber = await connect({ properties: { maximumPacketSize: exact.length } });
    await subscriber.subscribe(topic());
    const publisher = await connect();
    await publisher.publish(topic(), 'y'.repeat(61));
    await publisher.publish(topic(), 'x'.repeat(60));
    expect((await subscriber.nextRaw('publish')).raw).toEqual(exact);
  },
);

overTransports(
  'a message that was discarded for its size does not come back with the session [MQTT-3.1.2-25]',
  async (scene) => {
    const { connect, id, topic } = scene;
    const clientId = id();
    const first = await connect(lasting(clientId, 300, { maximumPacketSize: 200 }));
    await first.subscribe(topic('#'), 1);
    const publisher = await connect();
    await publisher.publish(topic('large'), Buffer.alloc(300, 'x'), 1);
    expect(await messagesBefore(first, publisher, topic('marker'), 1)).toEqual([]);
    await cutOff(scene, first);
    const again = await connect(lasting(clientId));
    const messages = await messagesBefore(again, publisher, topic('marker'), 1);
    expect(messages.map((message) => message.topic)).not.toContain(topic('large'));
  },
);

overTransports(
  'sends no topic alias above the client’s maximum, and none to a client without one [MQTT-3.1.2-26] [MQTT-3.1.2-27]',
  async ({ connect, topic }) => {
    const publisher = await connect();
    for (const topicAliasMaximum of [undefined, 0, 1, 3]) {
      const subscriber = await connect({
        properties: topicAliasMaximum === undefined ? {} : { topicAliasMaximum },
      });
      await subscriber.subscribe(topic('#'), 1);
      for (let n = 0; n < 12; n++) await publisher.publish(topic(`${n % 5}`), `${n}`, n % 2 === 0 ? 0 : 1);
      const aliases = new Map<number, string>();
      for (let n = 0; n < 12; n++) {
        const { raw, packet: publish } = await subscriber.nextRaw('publish');
        await subscriber.accept(publish);
        const { properties: sent, topic: name } = readPublish(raw);
        const alias = sent.find(([key]) => key === 'topicAlias')?.[1].readUInt16BE();
        if (alias !== undefined) {
          expect(alias).toBeGreaterThan(0);
          expect(alias).toBeLessThanOrEqual(topicAliasMaximum ?? 0);
          if (name.length > 0) aliases.set(alias, String(name));
        }
        expect(name.length > 0 ? String(name) : aliases.get(alias ?? 0)).toBe(topic(`${n % 5}`));
      }
      await subscriber.leave();
    }
  },
);

overTransports(
  'returns Response Information to a client that asks, and to no other [MQTT-3.1.2-28]',
  async ({ open, id }) => {
    const asks = (value: number) => [property('requestResponseInformation', byte(value))];
    for (const [asked, isTold] of [
      [[], false],
      [asks(0), false],
      [asks(1), true],
    ] as const) {
      const client = await open();
      const clientId = id();
      client.send(connectBytes({ level: 5, clientId, properties: asked }));
      const told = (await client.expect('connack')).properties?.responseInformation;
      expect(told).toBe(isTold ? `replies/${clientId}` : undefined);
    }
  },
);

overTransports(
  'Request Problem Information 0: no reason string or user property but on PUBLISH, CONNACK, DISCONNECT [MQTT-3.1.2-29]',
  async ({ open, id, topic }) => {
    const client = await open();
    const quiet = [property('requestProblemInformation', byte(0))];
    client.send(connectBytes({ level: 5, clientId: id(), properties: quiet }));
    expect(codeOf(await client.expect('connack'))).toBe(0);
    const tooDeep = Array.from({ length: 40 }, () => 'x').join('/');
    client.send(
      packet('subscribe', [u16(1), properties(), text(tooDeep), byte(1), text(topic()), byte(1)]),
      packet('unsubscribe', [u16(2), properties(), text('never/was')]),
      packet('pubrel', [u16(404)]),
      publishBytes({ topic: 'closed', qos: 1, packetId: 3, properties: [] }),
      publishBytes({ topic: 'closed', qos: 2, packetId: 4, properties: [] }),
    );
    const kinds = ['suback', 'unsuback', 'pubcomp', 'puback', 'pubrec'] as const;
    for (const kind of kinds) {
      const { properties: told } = await client.take(kind);
      expect(told?.reasonString).toBeUndefined();
      expect(told?.userProperties).toBeUndefined();
    }
    const pair = property('userProperty', Buffer.concat([text('name'), text('value')]));
    client.send(publishBytes({ topic: topic(), properties: [pair] }));
    expect((await client.expect('publish')).properties?.userProperties).toMatchObject({ name: 'value' });
  },
);

overTransports(
  'takes every property of CONNECT, user properties many times [MQTT-3.1.4-5]',
  async ({ open, id }) => {
    const client = await open();
    const pair = property('userProperty', Buffer.concat([text('name'), text('value')]));
    client.send(
      connectBytes({
        level: 5,
        clientId: id(),
        properties: [
          property('sessionExpiry', u32(10)),
          property('receiveMaximum', u16(1)),
          property('maximumPacketSize', u32(1_000)),
          property('topicAliasMaximum', u16(5)),
          property('requestResponseInformation', byte(0)),
          property('requestProblemInformation', byte(1)),
          pair,
          pair,
        ],
      }),
    );
    expect(codeOf(await client.expect('connack'))).toBe(0);
  },
);
