import { describe, expect } from 'vitest';
import { packet, properties, text, u16 } from '../support/bytes.ts';
import type { Qos } from '../support/client.ts';
import { messagesBefore } from '../support/marker.ts';
import { useServer } from '../support/server.ts';
import { cutOff, lasting, sessionKinds } from '../support/sessions.ts';

const { overTransports } = useServer({ version: 5 });

const unsubscribeBytes = (filters: (string | Buffer)[], flags?: number): Buffer =>
  packet('unsubscribe', [u16(1), properties(), ...filters.map((filter) => text(filter))], flags);

overTransports.each([[0], [1], [3], [10]] as [flags: number][])(
  'refuses UNSUBSCRIBE with flags %s as malformed [MQTT-3.10.1-1]',
  async ({ connect }, flags) => {
    const client = await connect();
    client.send(unsubscribeBytes(['a'], flags));
    await client.disconnectedWith(0x81);
  },
);

const notText: [what: string, filter: Buffer][] = [
  ['is not UTF-8', Buffer.from([0xff])],
  ['holds U+0000', Buffer.from('a\0')],
];

overTransports.each(notText)(
  'refuses an UNSUBSCRIBE whose filter %s as malformed [MQTT-3.10.3-1]',
  async ({ connect }, _, filter) => {
    const client = await connect();
    client.send(unsubscribeBytes([filter]));
    await client.disconnectedWith(0x81);
  },
);

overTransports('an UNSUBSCRIBE without a filter is a protocol error [MQTT-3.10.3-2]', async ({ connect }) => {
  const client = await connect();
  client.send(unsubscribeBytes([]));
  await client.disconnectedWith(0x82);
});

overTransports('an UNSUBSCRIBE with packet id 0 is a protocol error [MQTT-4.13.1-1]', async ({ connect }) => {
  const client = await connect();
  client.send(packet('unsubscribe', [u16(0), properties(), text('a')]));
  await client.disconnectedWith(0x82);
});

describe.each(sessionKinds)('%s', (_, sessionExpiryInterval) => {
  const session = { properties: { sessionExpiryInterval } };

  overTransports(
    'removes the filter that is equal, character by character, and no other [MQTT-3.10.4-1]',
    async ({ connect, topic }) => {
      const client = await connect(session);
      await client.subscribe([topic('a/+'), topic('ä')], 1);
      const publisher = await connect(session);
      const { granted } = await client.unsubscribe(
        ['a/b', 'a/#', '+/+', 'A/+', 'a/+/', 'a', 'a\u0308'].map((rest) => topic(rest)),
      );
      expect(granted).toEqual([0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11]);
      for (const rest of ['a/b', 'ä']) {
        await publisher.publish(topic(rest), 'still', 1);
        expect(await client.receive()).toMatchObject({ topic: topic(rest) });
      }
      expect((await client.unsubscribe(topic('a/+'))).granted).toEqual([0]);
      await publisher.publish(topic('a/b'), 'no more', 1);
      expect(await messagesBefore(client, publisher, topic('ä'), 1)).toEqual([]);
    },
  );

  overTransports.each([[0], [1], [2]] as [qos: Qos][])(
    'sends no QoS %s message that comes after UNSUBACK [MQTT-3.10.4-2]',
    async ({ connect, topic }, qos) => {
      const client = await connect(session);
      await client.subscribe([topic('a'), topic('b')], qos);
      const publisher = await connect(session);
      await publisher.publish(topic('a'), 'before', qos);
      expect(await client.receivePayloads(1)).toEqual(['before']);
      await client.unsubscribe(topic('a'));
      await publisher.publish(topic('a'), 'after', qos);
      expect(await messagesBefore(client, publisher, topic('b'), qos)).toEqual([]);
    },
  );

  overTransports(
    'an unsubscribed filter is not back when the session is resumed [MQTT-3.10.4-1] [MQTT-3.10.4-2]',
    async (scene) => {
      const { connect, topic } = scene;
      const id = scene.id();
      const first = await connect(lasting(id));
      await first.subscribe([topic('a'), topic('b')], 1);
      await first.unsubscribe(topic('a'));
      await cutOff(scene, first);
      const publisher = await connect(session);
      await publisher.publish(topic('a'), 'while away', 1);
      const second = await connect(lasting(id));
      await publisher.publish(topic('a'), 'while back', 1);
      expect(await messagesBefore(second, publisher, topic('b'), 1)).toEqual([]);
    },
  );

  overTransports(
    'where another subscription matches, messages go on coming [MQTT-3.10.4-2]',
    async ({ connect, topic }) => {
      const client = await connect(session);
      await client.subscribe({ topic: topic('#'), qos: 2 });
      await client.subscribe({ topic: topic('a'), qos: 1 });
      await client.unsubscribe(topic('#'));
      const publisher = await connect(session);
      await publisher.publish(topic('b'), 'not any more', 2);
      await publisher.publish(topic('a'), 'still', 2);
      const message = await client.receive();
      expect(message).toMatchObject({ topic: topic('a'), qos: 1 });
    },
  );

  overTransports(
    'goes on with the delivery of QoS 1 and 2 messages it had begun [MQTT-3.10.4-3]',
    async (scene) => {
      const { connect, topic } = scene;
      const id = scene.id();
      const first = await connect(lasting(id));
      await first.subscribe(topic(), 2);
      const publisher = await connect(session);
      await publisher.publish(topic(), 'one', 1);
      await publisher.publish(topic(), 'two', 2);
      await publisher.publish(topic(), 'three', 2);
      const one = await first.expect('publish');
      const two = await first.expect('publish');
      await first.accept(await first.expect('publish'));
      await first.unsubscribe(topic());
      first.send({ cmd: 'pubrec', messageId: two.messageId ?? 0 });
      expect((await first.expect('pubrel')).messageId).toBe(two.messageId);
      await cutOff(scene, first);

      const second = await connect(lasting(id));
      const got = [await second.next(), await second.next()].map(({ packet: { cmd, messageId } }) => ({
        cmd,
        messageId,
      }));
      expect(got).toContainEqual({ cmd: 'publish', messageId: one.messageId });
      expect(got).toContainEqual({ cmd: 'pubrel', messageId: two.messageId });
      await second.nothingMore();
    },
  );

  overTransports(
    'answers each UNSUBSCRIBE by one UNSUBACK with its packet id [MQTT-3.10.4-4] [MQTT-3.10.4-5]',
    async ({ connect, topic }) => {
      const client = await connect(session);
      await client.subscribe(topic());
      for (const messageId of [65_535, 300]) {
        client.send({ cmd: 'unsubscribe', messageId, unsubscriptions: [topic()] });
        const unsuback = await client.expect('unsuback');
        expect(unsuback).toMatchObject({ messageId, granted: [messageId === 300 ? 0x11 : 0] });
      }
      await client.nothingMore();
    },
  );

  overTransports(
    'answers several filters by one UNSUBACK, with a Reason Code for each in their order [MQTT-3.10.4-6] [MQTT-3.11.3-1] [MQTT-3.11.3-2]',
    async ({ connect, topic }) => {
      const client = await connect(session);
      await client.subscribe([topic('a'), topic('b'), topic('c')], 1);
      const { granted } = await client.unsubscribe(['x', 'a', 'y', 'b', 'a'].map((rest) => topic(rest)));
      expect(granted).toEqual([0x11, 0, 0x11, 0, 0x11]);
      await client.nothingMore();
      const publisher = await connect(session);
      await publisher.publish(topic('a'), 'x', 1);
      await publisher.publish(topic('b'), 'x', 1);
      expect(await messagesBefore(client, publisher, topic('c'), 1)).toEqual([]);
    },
  );
});

overTransports(
  'an UNSUBACK that refuses fits the client’s Maximum Packet Size [MQTT-3.11.2-1] [MQTT-3.11.2-2]',
  async ({ connect }) => {
    const client = await connect({ properties: { maximumPacketSize: 100 } });
    const unsubscriptions = Array.from({ length: 95 }, (_, n) => `never/${n}`);
    client.send({ cmd: 'unsubscribe', messageId: 1, unsubscriptions });
    const { raw, packet: unsuback } = await client.nextRaw('unsuback');
    expect(unsuback.granted).toEqual(unsubscriptions.map(() => 0x11));
    expect(raw.length).toBeLessThanOrEqual(100);
    await client.nothingMore();
  },
);
