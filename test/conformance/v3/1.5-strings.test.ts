import { expect } from 'vitest';
import { byte, connectBytes, packet, publishBytes, text, u16 } from '../support/bytes.ts';
import { messagesBefore } from '../support/marker.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 4 });

const illFormed: [name: string, bytes: Buffer][] = [
  ['a surrogate', Buffer.from('61eda080', 'hex')],
  ['a pair of surrogates', Buffer.from('eda080edb080', 'hex')],
  ['an overlong slash', Buffer.from('61c0af', 'hex')],
  ['a continuation byte alone', Buffer.from('6180', 'hex')],
  ['a sequence that ends early', Buffer.from('61e282', 'hex')],
  ['a character above U+10FFFF', Buffer.from('f4908080', 'hex')],
  ['a byte no character has', Buffer.from('61ff', 'hex')],
];

const nul = Buffer.from('a\0b');

/** The packets that carry strings, behind CONNECT. */
const packetsWith = (bytes: Buffer): [name: string, bytes: Buffer][] => [
  ['topic name of PUBLISH', publishBytes({ topic: bytes, payload: 'x' })],
  ['filter of SUBSCRIBE', packet('subscribe', [u16(1), text(bytes), byte(0)])],
  ['filter of UNSUBSCRIBE', packet('unsubscribe', [u16(1), text(bytes)])],
];

/** CONNECTs with a bad string. */
const connectsWith = (id: string, bytes: Buffer): [name: string, bytes: Buffer][] => [
  ['client id', connectBytes({ clientId: bytes })],
  ['will topic', connectBytes({ clientId: id, flags: 0x06, rest: [text(bytes), text('x')] })],
  ['user name', connectBytes({ clientId: id, flags: 0x82, rest: [text(bytes)] })],
];

overTransports.each(illFormed)(
  'closes on %s in a topic name or filter [MQTT-1.5.3-1]',
  async ({ connect }, _, bytes) => {
    for (const [, bad] of packetsWith(bytes)) {
      const client = await connect();
      client.send(bad);
      await client.closedSilently();
    }
  },
);

overTransports.each(illFormed)(
  'closes on %s in a string of CONNECT [MQTT-1.5.3-1]',
  async ({ open, id }, _, bytes) => {
    for (const [, bad] of connectsWith(id(), bytes)) {
      const client = await open();
      client.send(bad);
      await client.closedSilently();
    }
  },
);

overTransports('closes on U+0000 in any string [MQTT-1.5.3-2]', async ({ open, connect, id }) => {
  for (const [, bad] of packetsWith(nul)) {
    const client = await connect();
    client.send(bad);
    await client.closedSilently();
  }
  for (const [, bad] of connectsWith(id(), nul)) {
    const client = await open();
    client.send(bad);
    await client.closedSilently();
  }
});

overTransports('keeps U+FEFF wherever it stands in a topic [MQTT-1.5.3-3]', async ({ connect, topic }) => {
  const subscriber = await connect();
  const publisher = await connect();
  const [marked, inside, plain] = [`\uFEFF${topic()}/a`, topic('b\uFEFFc'), topic('bc')];
  await subscriber.subscribe([marked, inside, topic('a'), plain]);
  await publisher.publish(marked, '1');
  await publisher.publish(inside, '2');
  const messages = await messagesBefore(subscriber, publisher, plain);
  expect(messages.map((message) => message.topic)).toEqual([marked, inside]);
});

overTransports(
  'takes characters of every length, up to U+10FFFF [MQTT-1.5.3-1]',
  async ({ connect, topic }) => {
    const client = await connect();
    const name = topic('aß€😀\u{10FFFD}');
    await client.subscribe(name);
    client.send(publishBytes({ topic: name, payload: 'x' }));
    expect((await client.receive()).topic).toBe(name);
  },
);
