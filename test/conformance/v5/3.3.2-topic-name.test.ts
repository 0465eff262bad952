import { expect } from 'vitest';
import { publishBytes } from '../support/bytes.ts';
import { messagesBefore } from '../support/marker.ts';
import { readPublish } from '../support/publish-reader.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 5 });

const notUtf8: [what: string, topic: Buffer][] = [
  ['a lone continuation byte', Buffer.from([0x61, 0x80])],
  ['an overlong slash', Buffer.from([0xc0, 0xaf])],
  ['a surrogate', Buffer.from([0xed, 0xa0, 0x80])],
  ['a character cut short', Buffer.from([0xe2, 0x82])],
  ['a code point above U+10FFFF', Buffer.from([0xf4, 0x90, 0x80, 0x80])],
];

overTransports.each(notUtf8)(
  'refuses a Topic Name that is not UTF-8, %s, as malformed [MQTT-3.3.2-1]',
  async ({ connect }, _, topic) => {
    const client = await connect();
    client.send(publishBytes({ topic, qos: 1, packetId: 1, properties: [] }));
    await client.disconnectedWith(0x81);
  },
);

overTransports(
  'refuses a PUBLISH that ends within its Topic Name as malformed [MQTT-3.3.2-1]',
  async ({ connect }) => {
    const client = await connect();
    client.send(Buffer.from([0x30, 0x04, 0x00, 0x09, 0x61, 0x62]));
    await client.disconnectedWith(0x81);
  },
);

const withWildcard: [topic: string][] = [['+'], ['#'], ['/+'], ['/#'], ['+/x'], ['a+b'], ['a#']];

overTransports.each(withWildcard)(
  'refuses the Topic Name %s, which has a wildcard, with 0x90 [MQTT-3.3.2-2] [MQTT-4.7.0-1]',
  async ({ connect, topic }, rest) => {
    const subscriber = await connect();
    await subscriber.subscribe(topic('#'));
    const client = await connect();
    client.send(publishBytes({ topic: topic(rest), qos: 1, packetId: 1, properties: [] }));
    await client.disconnectedWith(0x90);
    expect(await messagesBefore(subscriber, await connect(), topic('marker'))).toEqual([]);
  },
);

overTransports(
  'an empty Topic Name without an alias is a protocol error [MQTT-3.3.2-1] [MQTT-4.7.3-1]',
  async ({ connect }) => {
    const client = await connect();
    client.send(publishBytes({ topic: '', qos: 1, packetId: 1, properties: [] }));
    await client.disconnectedWith(0x82);
  },
);

overTransports(
  'delivers under the Topic Name it was published with, and only what the filter matches [MQTT-3.3.2-3]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    await subscriber.subscribe(topic('+/größe/#'), 1);
    const publisher = await connect();
    const topics = ['werk/größe', 'werk/größe/温度', '/größe/🚀', 'werk/größe//'].map((rest) => topic(rest));
    const others = ['größe', 'werk/GRÖSSE', 'werk/a/größe', 'werk'].map((rest) => topic(rest));
    for (const [i, name] of topics.entries()) {
      await publisher.publish(others[i] ?? '', 'not for them', 1);
      await publisher.publish(name, 'x', 1);
    }
    for (const name of topics) {
      const { raw, packet } = await subscriber.nextRaw('publish');
      await subscriber.accept(packet);
      expect(readPublish(raw).topic).toEqual(Buffer.from(name));
    }
    expect(await messagesBefore(subscriber, publisher, topic('marker/größe'), 1)).toEqual([]);
  },
);
