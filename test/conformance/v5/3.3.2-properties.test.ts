import { expect } from 'vitest';
import { byte, property, publishBytes, text, u16, u32, varint } from '../support/bytes.ts';
import type { Client, Qos } from '../support/client.ts';
import { readPublish } from '../support/publish-reader.ts';
import { useServer } from '../support/server.ts';
import { cutOff, lasting } from '../support/sessions.ts';

const { overTransports } = useServer({ version: 5 });

const user = (name: string, value: string): Buffer =>
  property('userProperty', Buffer.concat([text(name), text(value)]));

/** In an order no alphabet and no table has. */
const everything = [
  user('z', 'first'),
  property('contentType', text('text/plain; charset=utf-8; ä')),
  user('a', 'second'),
  property('correlationData', Buffer.concat([u16(4), byte(0, 255, 13, 10)])),
  user('z', 'third'),
  property('responseTopic', text('reply/to/größe')),
  user('', ''),
  user('z', 'third'),
  property('payloadFormat', byte(1)),
  user('a', 'last'),
];

const userProperties = [
  ['z', 'first'],
  ['a', 'second'],
  ['z', 'third'],
  ['', ''],
  ['z', 'third'],
  ['a', 'last'],
].map(([name, value]) => Buffer.concat([text(name ?? ''), text(value ?? '')]));

/** Publishes by hand and finishes the exchange. */
async function publish(client: Client, topic: string, qos: Qos, properties: Buffer[], retain = false) {
  const packetId = client.nextPacketId();
  client.send(
    publishBytes({ topic, payload: 'x', qos, retain, properties, ...(qos === 0 ? {} : { packetId }) }),
  );
  if (qos === 1) await client.take('puback');
  if (qos < 2) return;
  await client.take('pubrec');
  client.send({ cmd: 'pubrel', messageId: packetId });
  await client.take('pubcomp');
}

/** The next message of a client, checked to carry `everything`. */
async function expectEverything(client: Client): Promise<void> {
  const { raw, packet } = await client.nextRaw('publish');
  const { properties } = readPublish(raw);
  const valuesOf = (wanted: string): Buffer[] =>
    properties.filter(([name]) => name === wanted).map(([, value]) => value);
  expect(valuesOf('payloadFormat')).toEqual([byte(1)]);
  expect(valuesOf('contentType')).toEqual([text('text/plain; charset=utf-8; ä')]);
  expect(valuesOf('responseTopic')).toEqual([text('reply/to/größe')]);
  expect(valuesOf('correlationData')).toEqual([Buffer.concat([u16(4), byte(0, 255, 13, 10)])]);
  expect(valuesOf('userProperty')).toEqual(userProperties);
  expect(properties).toHaveLength(everything.length);
  await client.accept(packet);
}

const qualities: [qos: Qos][] = [[0], [1], [2]];

overTransports.each(qualities)(
  'forwards every property of a QoS %s message unaltered and in order [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20]',
  async ({ connect, topic }, qos) => {
    const subscriber = await connect();
    await subscriber.subscribe(topic(), qos);
    await publish(await connect(), topic(), qos, everything);
    await expectEverything(subscriber);
  },
);

overTransports(
  'keeps every property of a message that waits for its subscriber [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20]',
  async (scene) => {
    const id = scene.id();
    const subscriber = await scene.connect(lasting(id));
    await subscriber.subscribe(scene.topic(), 2);
    await cutOff(scene, subscriber);
    const publisher = await scene.connect();
    await publish(publisher, scene.topic(), 1, everything);
    await publish(publisher, scene.topic(), 2, everything);
    const back = await scene.connect(lasting(id));
    await expectEverything(back);
    await expectEverything(back);
  },
);

overTransports(
  'keeps every property of a retained message [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20]',
  async ({ connect, topic }) => {
    await publish(await connect(), topic(), 1, everything, true);
    const subscriber = await connect();
    await subscriber.subscribe(topic(), 1);
    await expectEverything(subscriber);
  },
);

overTransports(
  'adds no property to a message that has none, and keeps a Payload Format Indicator of 0 [MQTT-3.3.2-4]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    await subscriber.subscribe(topic(), 1);
    const publisher = await connect();
    await publish(publisher, topic(), 1, []);
    await publish(publisher, topic(), 1, [property('payloadFormat', byte(0))]);
    expect(readPublish((await subscriber.nextRaw('publish')).raw).properties).toEqual([]);
    expect(readPublish((await subscriber.nextRaw('publish')).raw).properties).toEqual([
      ['payloadFormat', byte(0)],
    ]);
  },
);

overTransports(
  'forwards empty values as they are [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-20]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    await subscriber.subscribe(topic(), 1);
    const empty = [property('contentType', text('')), property('correlationData', u16(0)), user('', '')];
    await publish(await connect(), topic(), 1, empty);
    const { properties } = readPublish((await subscriber.nextRaw('publish')).raw);
    expect(properties.map(([name]) => name).sort()).toEqual([
      'contentType',
      'correlationData',
      'userProperty',
    ]);
    expect(properties.every(([, value]) => value.every((digit) => digit === 0))).toBe(true);
  },
);

/** Publishes with these properties, which ends the connection with the code. */
async function refuses(client: Client, code: number, properties: Buffer[]): Promise<void> {
  client.send(publishBytes({ topic: 't', qos: 1, packetId: 1, properties }));
  await client.disconnectedWith(code);
}

const bad = Buffer.from([0xc3, 0x28]);

const badText: [what: string, value: Buffer][] = [
  ['is not UTF-8', bad],
  ['holds U+0000', Buffer.from('a\0')],
];

overTransports.each(badText)(
  'refuses a Response Topic that %s as malformed [MQTT-3.3.2-13]',
  async ({ connect }, _, value) => refuses(await connect(), 0x81, [property('responseTopic', text(value))]),
);

overTransports.each([['a/+'], ['a/#'], ['#']])(
  'refuses the Response Topic %s, which has a wildcard, as a protocol error [MQTT-3.3.2-14]',
  async ({ connect }, value) => refuses(await connect(), 0x82, [property('responseTopic', text(value))]),
);

overTransports.each(badText)(
  'refuses a Content Type that %s as malformed [MQTT-3.3.2-19]',
  async ({ connect }, _, value) => refuses(await connect(), 0x81, [property('contentType', text(value))]),
);

const twice = (part: Buffer): Buffer[] => [part, part];
const userBytes = (name: string | Buffer, value: string | Buffer): Buffer =>
  property('userProperty', Buffer.concat([text(name), text(value)]));

const refused: [what: string, code: number, properties: Buffer[]][] = [
  ['a User Property whose name is not UTF-8', 0x81, [userBytes(bad, 'x')]],
  ['a User Property whose value is not UTF-8', 0x81, [userBytes('x', bad)]],
  ['two Payload Format Indicators', 0x82, twice(property('payloadFormat', byte(1)))],
  ['two Message Expiry Intervals', 0x82, twice(property('messageExpiry', u32(9)))],
  ['two Topic Aliases', 0x82, twice(property('topicAlias', u16(1)))],
  ['two Response Topics', 0x82, twice(property('responseTopic', text('a')))],
  ['two Correlation Data', 0x82, twice(property('correlationData', u16(0)))],
  ['two Content Types', 0x82, twice(property('contentType', text('a')))],
  ['a Payload Format Indicator of 2', 0x82, [property('payloadFormat', byte(2))]],
  ['a property of CONNECT', 0x81, [property('receiveMaximum', u16(1))]],
  ['an unknown property', 0x81, [byte(0x7e, 0)]],
  ['a property cut short', 0x81, [property('messageExpiry', byte(0, 0))]],
];

overTransports.each(refused)(
  'ends the connection of a PUBLISH with %s [MQTT-4.13.1-1]',
  async ({ connect }, _, code, properties) => refuses(await connect(), code, properties),
);

overTransports(
  'a Subscription Identifier in a PUBLISH of a client is a protocol error [MQTT-3.3.4-6]',
  async ({ connect, topic }) => {
    const client = await connect();
    const properties = [property('subscriptionIdentifier', varint(1))];
    client.send(publishBytes({ topic: topic(), qos: 1, packetId: 1, properties }));
    await client.disconnectedWith(0x82);
  },
);

overTransports(
  'what MQTT 5 adds stays away from a client of 3.1.1, and nothing is made up for what it sends [MQTT-3.3.2-17]',
  async ({ connect, topic }) => {
    const older = await connect({}, 4);
    await older.subscribe(topic(), 1);
    const newer = await connect();
    await newer.subscribe(topic(), 1);
    await publish(newer, topic(), 1, everything);
    await newer.take('publish');
    const { raw, packet } = await older.nextRaw('publish');
    await older.accept(packet);
    expect(raw.subarray(-3)).toEqual(Buffer.concat([u16(packet.messageId ?? 0), Buffer.from('x')]));
    await older.publish(topic(), 'from 3.1.1', 1);
    const { raw: bare } = await newer.nextRaw('publish');
    expect(readPublish(bare).properties).toEqual([]);
  },
);
