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
  varint,
} from '../support/bytes.ts';
import { messagesBefore } from '../support/marker.ts';
import { readPublish } from '../support/publish-reader.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 5 });

const illFormed: [name: string, bytes: Buffer][] = [
  ['a surrogate', Buffer.from('61eda080', 'hex')],
  ['an overlong slash', Buffer.from('61c0af', 'hex')],
  ['a continuation byte alone', Buffer.from('6180', 'hex')],
  ['a sequence that ends early', Buffer.from('61e282', 'hex')],
  ['a character above U+10FFFF', Buffer.from('f4908080', 'hex')],
];

/** A PUBLISH, SUBSCRIBE, UNSUBSCRIBE, DISCONNECT or acknowledgement with these bytes for a string. */
const packetsWith = (bytes: Buffer): Buffer[] => [
  publishBytes({ topic: bytes, payload: 'x', properties: [] }),
  publishBytes({ topic: 't', properties: [property('contentType', text(bytes))] }),
  publishBytes({ topic: 't', properties: [property('responseTopic', text(bytes))] }),
  publishBytes({ topic: 't', properties: [userProperty(bytes, 'value')] }),
  publishBytes({ topic: 't', properties: [userProperty('name', bytes)] }),
  packet('subscribe', [u16(1), properties(), text(bytes), byte(0)]),
  packet('subscribe', [u16(1), properties(userProperty('name', bytes)), text('t'), byte(0)]),
  packet('unsubscribe', [u16(1), properties(), text(bytes)]),
  packet('disconnect', [byte(0), properties(property('reasonString', text(bytes)))]),
];

const userProperty = (name: string | Buffer, value: string | Buffer): Buffer =>
  property('userProperty', Buffer.concat([text(name), text(value)]));

/** CONNECTs with these bytes for a string. */
const connectsWith = (id: string, bytes: Buffer): Buffer[] => [
  connectBytes({ level: 5, clientId: bytes }),
  connectBytes({ level: 5, clientId: id, flags: 0x82, rest: [text(bytes)] }),
  connectBytes({ level: 5, clientId: id, flags: 0x06, rest: [properties(), text(bytes), text('x')] }),
  connectBytes({ level: 5, clientId: id, properties: [userProperty('name', bytes)] }),
];

overTransports.each(illFormed)(
  'closes on %s in any string, with DISCONNECT 0x81 [MQTT-1.5.4-1] [MQTT-1.5.7-1]',
  async ({ connect }, _, bytes) => {
    for (const bad of packetsWith(bytes)) {
      const client = await connect();
      client.send(bad);
      await client.disconnectedWith(0x81);
    }
  },
);

overTransports.each(illFormed)(
  'refuses %s in any string of CONNECT by 0x81 or by closing [MQTT-1.5.4-1]',
  async ({ open, id }, _, bytes) => {
    for (const bad of connectsWith(id(), bytes)) {
      const client = await open();
      client.send(bad);
      const answers = await client.ended();
      expect([[], [0x81]]).toContainEqual(
        answers.map((answer) => 'reasonCode' in answer && answer.reasonCode),
      );
    }
  },
);

overTransports('closes on U+0000 in any string [MQTT-1.5.4-2]', async ({ connect, open, id }) => {
  for (const bad of packetsWith(Buffer.from('a\0b'))) {
    const client = await connect();
    client.send(bad);
    await client.disconnectedWith(0x81);
  }
  for (const bad of connectsWith(id(), Buffer.from('a\0b'))) {
    const client = await open();
    client.send(bad);
    const answers = await client.ended();
    expect([[], [0x81]]).toContainEqual(answers.map((answer) => 'reasonCode' in answer && answer.reasonCode));
  }
});

overTransports(
  'keeps U+FEFF wherever it stands, in topics and in properties [MQTT-1.5.4-3]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    const publisher = await connect();
    const marked = `\uFEFF${topic()}/a`;
    await subscriber.subscribe([marked, topic('a'), topic('marker')]);
    await publisher.publish(marked, 'x', 1, { properties: { contentType: '\uFEFFtext\uFEFF' } });
    const [message, ...others] = await messagesBefore(subscriber, publisher, topic('marker'));
    expect(message?.topic).toBe(marked);
    expect(message?.properties?.contentType).toBe('\uFEFFtext\uFEFF');
    expect(others).toEqual([]);
  },
);

overTransports(
  'writes variable byte integers in as few bytes as they need [MQTT-1.5.5-1]',
  async ({ connect, topic }) => {
    const client = await connect();
    for (const identifier of [1, 127, 128, 16_383, 16_384, 268_435_455]) {
      await client.subscribe(topic(), 0, { properties: { subscriptionIdentifier: identifier } });
      for (const size of [0, 100, 200, 17_000]) {
        const sent = [userProperty('name', 'x'.repeat(size))];
        client.send(publishBytes({ topic: topic(), payload: 'x', properties: sent }));
        const { raw } = await client.nextRaw('publish');
        const { topic: name, properties: got, payload } = readPublish(raw);
        expect(got.find(([key]) => key === 'subscriptionIdentifier')?.[1]).toEqual(varint(identifier));
        const body = [
          u16(name.length),
          name,
          properties(...got.map(([key, value]) => property(key, value))),
          payload,
        ];
        expect(raw.equals(packet('publish', body, 0))).toBe(true);
      }
    }
  },
);

overTransports.each([
  ['a Remaining Length of five bytes', Buffer.from('30ffffffff01', 'hex')],
  ['a Property Length of five bytes', Buffer.from('3009000174ffffffff0161', 'hex')],
  ['a Subscription Identifier of five bytes', Buffer.from('820c0001060bffffffff01000174', 'hex')],
] as const)('closes on %s [MQTT-1.5.5-1]', async ({ connect }, _, bytes) => {
  const client = await connect();
  client.send(bytes);
  await client.disconnectedWith(0x81);
});

overTransports(
  'passes both strings of a user property on, of characters of every length [MQTT-1.5.7-1] [MQTT-1.5.4-1]',
  async ({ connect, topic }) => {
    const client = await connect();
    await client.subscribe(topic());
    const pair = ['ключ-ß€😀\u{10FFFD}', '値-\uFEFF'] as const;
    client.send(publishBytes({ topic: topic(), properties: [userProperty(...pair), userProperty('', '')] }));
    const { raw } = await client.nextRaw('publish');
    expect(readPublish(raw).properties.map(([, value]) => value)).toEqual([
      Buffer.concat([text(pair[0]), text(pair[1])]),
      Buffer.concat([text(''), text('')]),
    ]);
  },
);
