import type { IConnackPacket } from 'mqtt-packet';
import { expect, test } from 'vitest';
import { connectPacket, publishPacket, RawMqtt, type Version } from '../support/raw-mqtt.ts';
import { freshId, useStage } from '../support/stage.ts';
import { keys, ownerOf, untilEvents, untilUplink, uplinkOf } from '../support/streams.ts';
import { until } from '../support/until.ts';

const stage = useStage();

const open = (version: Version = 5): Promise<RawMqtt> => RawMqtt.tcp(stage.gateway.port('mqtt'), version);
const codeOf = (connack: IConnackPacket): number | undefined => RawMqtt.codeOf(connack);
const sessionOf = (id: string): Promise<Record<string, string>> =>
  stage.redis.client.hgetall(keys.session(keys.partitionOf(id), id));

test('assigns a client id to an MQTT 5 device that has none, and files its messages under it [MQTT-3.1.3-6]', async () => {
  const device = await open();
  const connack = await device.connect('');
  const assigned = connack.properties?.assignedClientIdentifier ?? '';
  expect(assigned).not.toBe('');
  device.send(publishPacket('t', 'x', 1, 1));
  await device.take('puback');
  await device.leave();
  expect(await uplinkOf(stage.redis.client, assigned)).toHaveLength(1);
});

test('takes a 3.1.1 device without a client id when it asks for a clean session [MQTT-3.1.3-7]', async () => {
  const device = await open(4);
  expect(codeOf(await device.connect(''))).toBe(0);
  device.send(publishPacket('t', 'x', 1, 1));
  await device.take('puback');
  await device.leave();
});

test('refuses a 3.1.1 device without a client id that wants to keep its session [MQTT-3.1.3-8]', async () => {
  const device = await open(4);
  device.send(Buffer.from('100c00044d5154540400003c0000', 'hex')); // no library would write it
  expect(codeOf(await device.take('connack'))).toBe(2);
  await device.end();
});

test('tells an MQTT 5 device its limits in CONNACK', async () => {
  const device = await open();
  const { properties, sessionPresent } = await device.connect(freshId(), {
    keepalive: 65_535,
    properties: { sessionExpiryInterval: 0xffff_ffff },
  });
  await device.leave();
  expect(sessionPresent).toBe(false);
  expect(properties).toMatchObject({
    receiveMaximum: 64,
    maximumPacketSize: 1_048_576,
    topicAliasMaximum: 16,
    serverKeepAlive: 3600,
    sessionExpiryInterval: 604_800,
  });
});

test('leaves a keep-alive within the limit as it is', async () => {
  const device = await open();
  expect((await device.connect(freshId(), { keepalive: 120 })).properties?.serverKeepAlive).toBeUndefined();
  await device.leave();
});

test.each([4, 5] as const)(
  'says whether it kept the session, protocol level %i [MQTT-3.2.2-2] [MQTT-3.2.2-3]',
  async (version) => {
    const id = freshId('kept');
    const keep = { clean: false, ...(version === 5 ? { properties: { sessionExpiryInterval: 300 } } : {}) };
    const present = async (more: object): Promise<boolean> => {
      const device = await open(version);
      const { sessionPresent } = await device.connect(id, more);
      await device.leave();
      return sessionPresent;
    };
    expect(await present(keep)).toBe(false);
    await untilEvents(stage.redis.client, id, 2);
    expect(await sessionOf(id)).toMatchObject({
      expiry: version === 5 ? '300' : (expect.stringMatching(/^\d+$/) as string),
    });
    expect(await present(keep)).toBe(true);
    expect(await present({ clean: true })).toBe(false);
    await untilEvents(stage.redis.client, id, 6);
    expect(await sessionOf(id)).toEqual({});
    expect(await present(keep)).toBe(false);
  },
);

test('ends the session when DISCONNECT sets its expiry to 0 [MQTT-3.14.2.2.2]', async () => {
  const id = freshId();
  const device = await open();
  await device.connect(id, { clean: false, properties: { sessionExpiryInterval: 300 } });
  device.send({ cmd: 'disconnect', reasonCode: 0, properties: { sessionExpiryInterval: 0 } });
  await device.end();
  await untilEvents(stage.redis.client, id, 2);
  expect(await sessionOf(id)).toEqual({});
});

test('stores one entry for a QoS 2 message however often it is repeated before PUBREL [MQTT-4.3.3-10]', async () => {
  const id = freshId();
  const device = await open();
  await device.connect(id);
  device.send(publishPacket('t', 'once', 2, 7));
  await device.take('pubrec');
  device.send(
    publishPacket('t', 'once', 2, 7, { dup: true }),
    publishPacket('t', 'once', 2, 7, { dup: true }),
  );
  await device.take('pubrec');
  await device.take('pubrec');
  device.send({ cmd: 'pubrel', messageId: 7, reasonCode: 0 });
  expect((await device.take('pubcomp')).messageId).toBe(7);
  device.send(publishPacket('t', 'another under the same id', 2, 7));
  await device.take('pubrec');
  const entries = await uplinkOf(stage.redis.client, id);
  expect(entries.map(({ payload }) => payload.toString())).toEqual(['once', 'another under the same id']);
  await device.leave();
});

test.each([4, 5] as const)(
  'P3: a QoS 2 message repeated after a reconnect is stored once, protocol level %i',
  async (version) => {
    const id = freshId('p3');
    const keep = { clean: false, ...(version === 5 ? { properties: { sessionExpiryInterval: 300 } } : {}) };
    const first = await open(version);
    await first.connect(id, keep);
    first.send(publishPacket('t', 'once', 2, 9));
    await first.take('pubrec');
    first.drop();

    const second = await open(version);
    expect((await second.connect(id, keep)).sessionPresent).toBe(true);
    second.send(publishPacket('t', 'once', 2, 9, { dup: true }));
    await second.take('pubrec');
    const [entry, ...others] = await uplinkOf(stage.redis.client, id);
    expect(others).toEqual([]);
    expect((await sessionOf(id))['rx:9']).toBe(`${entry?.epoch}/${entry?.seq}/${entry?.id}`);
    second.send({ cmd: 'pubrel', messageId: 9, reasonCode: 0 });
    await second.take('pubcomp');
    expect(await sessionOf(id)).not.toHaveProperty('rx:9');
    await second.leave();
  },
);

test('a clean start ends the QoS 2 promise with the session', async () => {
  const id = freshId();
  const keep = { clean: false, properties: { sessionExpiryInterval: 300 } };
  const first = await open();
  await first.connect(id, keep);
  first.send(publishPacket('t', 'old', 2, 9));
  await first.take('pubrec');
  first.drop();
  const second = await open();
  await second.connect(id, { clean: true });
  second.send(publishPacket('t', 'new', 2, 9));
  await second.take('pubrec');
  expect(await uplinkOf(stage.redis.client, id)).toHaveLength(2);
  await second.leave();
});

test('answers PUBREL of an unknown packet id with PUBCOMP 0x92, and goes on [MQTT-3.7.2.1]', async () => {
  const device = await open();
  await device.connect(freshId());
  device.send({ cmd: 'pubrel', messageId: 77, reasonCode: 0 });
  expect(await device.take('pubcomp')).toMatchObject({ messageId: 77, reasonCode: 0x92 });
  device.send({ cmd: 'pingreq' });
  await device.take('pingresp');
  await device.leave();
});

test('acknowledges in the order of arrival, per QoS [MQTT-4.6.0-2] [MQTT-4.6.0-3]', async () => {
  const device = await open();
  await device.connect(freshId());
  const ids = Array.from({ length: 50 }, (_, n) => 1000 - n);
  device.send(...ids.map((packetId) => publishPacket('t', 'x', packetId % 2 === 0 ? 1 : 2, packetId)));
  await until('all acknowledgements', () => device.packets.length === 51);
  const acks = device.packets.slice(1);
  const order = (kind: string): (number | undefined)[] =>
    acks.filter(({ cmd }) => cmd === kind).map(({ messageId }) => messageId);
  expect(order('puback')).toEqual(ids.filter((packetId) => packetId % 2 === 0));
  expect(order('pubrec')).toEqual(ids.filter((packetId) => packetId % 2 === 1));
  await device.leave();
});

test('sends PUBREC in order of arrival also when a later message was stored before [MQTT-4.6.0-3]', async () => {
  const id = freshId();
  const keep = { clean: false, properties: { sessionExpiryInterval: 300 } };
  const first = await open();
  await first.connect(id, keep);
  first.send(publishPacket('t', 'stored before', 2, 9));
  await first.take('pubrec');
  first.drop();
  const second = await open();
  await second.connect(id, keep);
  stage.redis.pause();
  try {
    second.send(
      publishPacket('t', 'not stored yet', 2, 8),
      publishPacket('t', 'stored before', 2, 9, { dup: true }),
      {
        cmd: 'pingreq',
      },
    );
    await second.take('pingresp');
  } finally {
    stage.redis.resume();
  }
  expect((await second.take('pubrec')).messageId).toBe(8);
  expect((await second.take('pubrec')).messageId).toBe(9);
  await second.leave();
});

test('remembers a topic alias for the connection, and takes a new topic for it', async () => {
  const id = freshId();
  const device = await open();
  await device.connect(id);
  const alias = (topic: string, topicAlias: number, n: number): void =>
    device.send(publishPacket(topic, String(n), 1, n, { properties: { topicAlias } }));
  alias('long/topic/name', 1, 1);
  alias('', 1, 2);
  alias('other', 16, 3);
  alias('', 16, 4);
  alias('renamed', 1, 5);
  alias('', 1, 6);
  const entries = await untilUplink(stage.redis.client, id, 6);
  expect(entries.map(({ topic }) => topic)).toEqual([
    'long/topic/name',
    'long/topic/name',
    'other',
    'other',
    'renamed',
    'renamed',
  ]);
  await device.leave();
});

test.each([4, 5] as const)(
  'answers SUBSCRIBE and UNSUBSCRIBE, protocol level %i [MQTT-3.8.4-1]',
  async (version) => {
    const device = await open(version);
    await device.connect(freshId());
    const filters = ['a/+', '#', 'b', 'wrong/#/filter'];
    device.send({
      cmd: 'subscribe',
      messageId: 5,
      subscriptions: filters.map((topic, n) => ({
        topic,
        qos: (n % 3) as 0 | 1 | 2,
        nl: false,
        rap: false,
        rh: 0,
      })),
    });
    const suback = await device.take('suback');
    expect(suback.messageId).toBe(5);
    expect(suback.granted).toEqual([0, 1, 2, version === 5 ? 0x8f : 0x80]);
    device.send({ cmd: 'unsubscribe', messageId: 6, unsubscriptions: ['a/+', 'never'] });
    const unsuback = await device.take('unsuback');
    expect(unsuback.messageId).toBe(6);
    if (version === 5) expect(unsuback.granted).toEqual([0, 0x11]);
    await device.leave();
  },
);

test.each(['tcp', 'ws'] as const)(
  'reads what comes right behind CONNECT, and a whole life in one write, over %s',
  async (transport) => {
    const id = freshId('eager');
    const device = transport === 'tcp' ? await open() : await RawMqtt.ws(stage.gateway.wsUrl('/mqtt'));
    device.send(
      connectPacket(id, 5),
      publishPacket('t', '0', 0),
      publishPacket('t', '1', 1, 1),
      publishPacket('t', '2', 2, 2),
      publishPacket('t', '3', 0),
      { cmd: 'disconnect', reasonCode: 0 },
    );
    await device.end();
    const entries = await untilUplink(stage.redis.client, id, 4);
    expect(entries.map(({ payload }) => payload.toString())).toEqual(['0', '1', '2', '3']);
    const events = await untilEvents(stage.redis.client, id, 2);
    expect(events.map(({ type }) => type)).toEqual(['connected', 'disconnected']);
    expect(events[1]?.fields).toMatchObject({ reason: 'normal', lastSeq: '4', messages: '4' });
    expect(await ownerOf(stage.redis.client, id)).toBeUndefined();
  },
);

test('speaks MQTT to a WebSocket that asks for the subprotocol mqttv3.1', async () => {
  const device = await RawMqtt.ws(stage.gateway.wsUrl('/mqtt'), 4, 'mqttv3.1');
  expect(codeOf(await device.connect(freshId()))).toBe(0);
  device.send(publishPacket('t', 'x', 1, 1));
  await device.take('puback');
  await device.leave();
});
