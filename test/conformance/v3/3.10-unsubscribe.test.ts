import { expect } from 'vitest';
import { packet, pingreq, text, u16 } from '../support/bytes.ts';
import { messagesBefore } from '../support/marker.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 4 });

overTransports.each([[0], [1], [3], [4], [8], [10], [15]] as const)(
  'closes on UNSUBSCRIBE with flag bits %s [MQTT-3.10.1-1]',
  async ({ connect, topic }, flags) => {
    const client = await connect();
    client.send(packet('unsubscribe', [u16(1), text(topic())], flags), pingreq);
    await client.closedSilently();
  },
);

overTransports(
  'closes on UNSUBSCRIBE with a filter that is no UTF-8 [MQTT-3.10.3-1]',
  async ({ connect }) => {
    for (const bytes of ['ff', 'c328', 'eda080']) {
      const client = await connect();
      client.send(packet('unsubscribe', [u16(1), text('a'), text(Buffer.from(bytes, 'hex'))]), pingreq);
      await client.closedSilently();
    }
  },
);

overTransports('closes on UNSUBSCRIBE without a filter [MQTT-3.10.3-2]', async ({ connect }) => {
  const client = await connect();
  client.send(packet('unsubscribe', [u16(1)]), pingreq);
  await client.closedSilently();
});

overTransports(
  'deletes the subscription whose filter is equal, and no other [MQTT-3.10.4-1]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    const publisher = await connect();
    await subscriber.subscribe([topic('a/+'), topic('A/b'), topic('marker')]);
    for (const other of ['a/b', 'a/#', 'A/+', 'a/b/', 'A/B', '#']) await subscriber.unsubscribe(topic(other));
    await publisher.publish(topic('a/b'), '1');
    await publisher.publish(topic('A/b'), '2');
    expect(await subscriber.receivePayloads(2)).toEqual(['1', '2']);
    await subscriber.unsubscribe(topic('a/+'));
    await publisher.publish(topic('a/b'), '3');
    await publisher.publish(topic('A/b'), '4');
    const messages = await messagesBefore(subscriber, publisher, topic('marker'));
    expect(messages.map(({ payload }) => String(payload))).toEqual(['4']);
  },
);

overTransports.each([
  ['Clean Session 1', true],
  ['Clean Session 0', false],
] as const)(
  'adds nothing new for delivery after UNSUBSCRIBE (%s) [MQTT-3.10.4-2]',
  async ({ connect, topic }, _, clean) => {
    const subscriber = await connect({ clean });
    const publisher = await connect();
    await subscriber.subscribe([topic('gone'), topic('marker')], 2);
    await publisher.publish(topic('gone'), 'before', 1);
    await subscriber.receive();
    await subscriber.unsubscribe(topic('gone'));
    for (const qos of [0, 1, 2] as const) await publisher.publish(topic('gone'), 'after', qos);
    expect(await messagesBefore(subscriber, publisher, topic('marker'), 1)).toEqual([]);
  },
);

overTransports(
  'a session does not queue for a filter it unsubscribed before it left [MQTT-3.10.4-2]',
  async ({ connect, id, topic }) => {
    const clientId = id();
    const first = await connect({ clientId, clean: false });
    await first.subscribe([topic('gone'), topic('marker')], 1);
    await first.unsubscribe(topic('gone'));
    await first.leave();
    const publisher = await connect();
    await publisher.publish(topic('gone'), 'after', 1);
    const again = await connect({ clientId, clean: false });
    expect(await messagesBefore(again, publisher, topic('marker'), 1)).toEqual([]);
  },
);

overTransports(
  'completes the deliveries it had begun, after UNSUBSCRIBE [MQTT-3.10.4-3]',
  async ({ connect, id, topic }) => {
    const clientId = id();
    const first = await connect({ clientId, clean: false });
    const publisher = await connect();
    await first.subscribe(topic('a'), 2);
    await publisher.publish(topic('a'), 'one', 1);
    await publisher.publish(topic('a'), 'two', 2);
    const [one, two] = [await first.expect('publish'), await first.expect('publish')];
    await first.unsubscribe(topic('a'));
    await first.accept(two);
    await first.leave();
    const again = await connect({ clientId, clean: false });
    const resent = await again.receive();
    expect(resent).toMatchObject({ dup: true, messageId: one.messageId });
    await again.nothingMore();
  },
);

overTransports(
  'completes QoS 2 of a clean session after UNSUBSCRIBE [MQTT-3.10.4-3]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    const publisher = await connect();
    await subscriber.subscribe(topic(), 2);
    await publisher.publish(topic(), 'begun', 2);
    const begun = await subscriber.expect('publish');
    await subscriber.unsubscribe(topic());
    subscriber.send({ cmd: 'pubrec', messageId: begun.messageId ?? 0 });
    expect((await subscriber.expect('pubrel')).messageId).toBe(begun.messageId);
  },
);

overTransports(
  'answers with UNSUBACK of the same packet id, also where nothing is deleted [MQTT-3.10.4-4] [MQTT-3.10.4-5]',
  async ({ connect, topic }) => {
    const client = await connect();
    await client.subscribe(topic());
    for (const packetId of [77, 65_535]) {
      client.send(packet('unsubscribe', [u16(packetId), text(topic())]));
      expect((await client.nextRaw('unsuback')).raw).toEqual(packet('unsuback', [u16(packetId)]));
    }
    await client.nothingMore();
  },
);

overTransports(
  'takes many filters in one UNSUBSCRIBE with one UNSUBACK [MQTT-3.10.4-6]',
  async ({ connect, topic }) => {
    const client = await connect();
    await client.subscribe(['a', 'b', 'c', 'd'].map((name) => topic(name)));
    client.send(packet('unsubscribe', [u16(50), ...['a', 'x', 'c'].map((name) => text(topic(name)))]));
    expect((await client.nextRaw('unsuback')).raw).toEqual(packet('unsuback', [u16(50)]));
    for (const name of ['a', 'b', 'c']) await client.publish(topic(name), name);
    const messages = await messagesBefore(client, client, topic('d'));
    expect(messages.map(({ payload }) => String(payload))).toEqual(['b']);
  },
);
