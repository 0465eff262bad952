import { expect } from 'vitest';
import { messagesBefore } from '../support/marker.ts';
import { useServer } from '../support/server.ts';
import { lasting } from '../support/sessions.ts';

const { overTransports } = useServer({
  version: 5,
  config: { limits: { maxSubscriptions: 3, maxTopicBytes: 60, maxTopicLevels: 5 } },
});

overTransports(
  'Reason Codes stand in the order of the filters, one for each [MQTT-3.9.3-1] [MQTT-3.8.4-6]',
  async ({ connect, topic }) => {
    const client = await connect();
    const filters = [
      { topic: topic('a'), qos: 1 as const },
      { topic: topic('a#'), qos: 1 as const },
      { topic: topic('b'), qos: 0 as const },
      { topic: topic('+b'), qos: 0 as const },
      { topic: topic('c'), qos: 2 as const },
    ];
    expect((await client.subscribe(filters)).granted).toEqual([1, 0x8f, 0, 0x8f, 2]);
    expect((await client.subscribe([...filters].reverse())).granted).toEqual([2, 0x8f, 0, 0x8f, 1]);
  },
);

overTransports(
  'says 0x97 for a subscription above the limit, and has the others [MQTT-3.9.3-2] [MQTT-3.8.4-7]',
  async ({ connect, topic }) => {
    const client = await connect();
    const names = ['a', 'b', 'c', 'd'].map((rest) => topic(rest));
    expect((await client.subscribe(names, 1)).granted).toEqual([1, 1, 1, 0x97]);
    expect((await client.subscribe(topic('e'), 1)).granted).toEqual([0x97]);
    expect((await client.subscribe(topic('a'), 2)).granted).toEqual([2]);
    const publisher = await connect();
    await publisher.publish(topic('d'), 'refused', 1);
    await publisher.publish(topic('e'), 'refused', 1);
    expect(await messagesBefore(client, publisher, topic('c'), 1)).toEqual([]);
    await client.unsubscribe(topic('a'));
    expect((await client.subscribe(topic('e'), 1)).granted).toEqual([1]);
  },
);

overTransports(
  'counts the subscriptions of a session over its connections [MQTT-3.9.3-2]',
  async ({ connect, topic, id }) => {
    const clientId = id();
    const first = await connect(lasting(clientId));
    await first.subscribe([topic('a'), topic('b'), topic('c')], 1);
    await first.leave();
    const second = await connect(lasting(clientId));
    expect((await second.subscribe(topic('d'), 1)).granted).toEqual([0x97]);
  },
);

const notAllowed: [what: string, filter: string][] = [
  ['is too long', 'x'.repeat(61)],
  ['has too many levels', 'a/b/c/d/e/f'],
  ['has # before its end', 'a/#/b'],
  ['has + in a level', 'a/b+'],
];

overTransports.each(notAllowed)(
  'says 0x8F for a filter that %s [MQTT-3.9.3-2] [MQTT-3.8.4-7]',
  async ({ connect }, _, filter) => {
    const client = await connect();
    expect((await client.subscribe(filter, 1)).granted).toEqual([0x8f]);
    await client.nothingMore();
  },
);

overTransports(
  'a SUBACK that refuses fits the client’s Maximum Packet Size [MQTT-3.9.2-1] [MQTT-3.9.2-2]',
  async ({ connect, topic }) => {
    const refused = Array.from({ length: 90 }, (_, n) => (n % 2 === 0 ? 'a/#/b' : topic('d')));
    const filters = [topic('a'), topic('b'), topic('c'), ...refused];
    // Two bytes of header, two of packet id, one of property length, a code for each filter.
    const client = await connect({ properties: { maximumPacketSize: 5 + filters.length } });
    client.send({
      cmd: 'subscribe',
      messageId: 1,
      subscriptions: filters.map((filter) => ({ topic: filter, qos: 0 })),
    });
    const { raw, packet } = await client.nextRaw('suback');
    expect(packet.granted.slice(0, 6)).toEqual([0, 0, 0, 0x8f, 0x97, 0x8f]);
    expect(packet.granted).toHaveLength(filters.length);
    expect(raw.length).toBeLessThanOrEqual(5 + filters.length);
    await client.nothingMore();
  },
);
