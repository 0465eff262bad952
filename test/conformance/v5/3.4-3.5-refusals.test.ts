import { expect } from 'vitest';
import { property, publishBytes, u16 } from '../support/bytes.ts';
import type { Client } from '../support/client.ts';
import { messagesBefore } from '../support/marker.ts';
import { useServer, type Scene } from '../support/server.ts';
import { cutOff, lasting } from '../support/sessions.ts';
import { uplinkOf } from '../../support/streams.ts';

const { overTransports } = useServer({
  version: 5,
  config: {
    access: { denyPublish: ['closed/#'] },
    queues: { maxMessages: 3, policy: 'reject' },
  },
});

const NOT_AUTHORIZED = 0x87;
const QUOTA_EXCEEDED = 0x97;
const qualities: [qos: 1 | 2][] = [[1], [2]];
const answers = { 1: 'puback', 2: 'pubrec' } as const;

/** Publishes by hand under this packet id; answers the PUBACK or PUBREC. */
async function answerTo(client: Client, topic: string, qos: 1 | 2, packetId: number) {
  client.send(publishBytes({ topic, payload: 'x', qos, packetId, properties: [] }));
  const { raw, packet } = await client.nextRaw(answers[qos]);
  expect(packet.messageId).toBe(packetId);
  return { raw, code: packet.reasonCode };
}

/** The id of a session that is away, subscribed to `topic()`, whose queue has no room left. */
async function fullQueue(scene: Scene, qos: 1 | 2): Promise<string> {
  const id = scene.id();
  const client = await scene.connect(lasting(id));
  await client.subscribe(scene.topic(), qos);
  await cutOff(scene, client);
  const publisher = await scene.connect();
  for (let n = 0; n < 3; n++) await publisher.publish(scene.topic(), String(n), qos);
  return id;
}

overTransports.each(qualities)(
  'refuses a QoS %s message to a topic nobody may publish to by 0x87, and keeps the connection [MQTT-3.4.2-1] [MQTT-3.5.2-1]',
  async ({ connect, topic, id, redis }, qos) => {
    const watcher = await connect();
    await watcher.subscribe(['closed/#', topic('marker')], 2);
    const clientId = id();
    const client = await connect({ clientId });
    expect((await answerTo(client, 'closed/t', qos, 1)).code).toBe(NOT_AUTHORIZED);
    await client.publish('closed/t', 'x', 0);
    await client.nothingMore();
    expect(await messagesBefore(watcher, client, topic('marker'), 2)).toEqual([]);
    const stored = await uplinkOf(redis.client, clientId);
    expect(stored.map((entry) => entry.topic)).toEqual([topic('marker')]);
  },
);

overTransports.each(qualities)(
  'tells the publisher 0x97 when a QoS %s message finds a full queue [MQTT-3.4.2-1] [MQTT-3.5.2-1]',
  async (scene, qos) => {
    const id = await fullQueue(scene, qos);
    const publisher = await scene.connect();
    expect((await answerTo(publisher, scene.topic(), qos, 1)).code).toBe(QUOTA_EXCEEDED);
    const back = await scene.connect(lasting(id));
    expect(await back.receivePayloads(3)).toEqual(['0', '1', '2']);
    expect(await messagesBefore(back, await scene.connect(), scene.topic(), qos)).toEqual([]);
  },
);

overTransports(
  'after a PUBREC of 0x80 or above the same packet id is a new message [MQTT-4.3.3-9]',
  async (scene) => {
    const { topic } = scene;
    const id = await fullQueue(scene, 2);
    const publisher = await scene.connect();
    expect((await answerTo(publisher, 'closed/t', 2, 7)).code).toBe(NOT_AUTHORIZED);
    expect((await answerTo(publisher, topic(), 2, 7)).code).toBe(QUOTA_EXCEEDED);
    const back = await scene.connect(lasting(id));
    expect(await back.receivePayloads(3)).toEqual(['0', '1', '2']);
    await back.nothingMore();

    publisher.send(publishBytes({ topic: topic(), payload: 'new', qos: 2, packetId: 7, properties: [] }));
    expect((await publisher.expect('pubrec')).reasonCode).toBe(0);
    publisher.send({ cmd: 'pubrel', messageId: 7 });
    expect((await publisher.expect('pubcomp')).reasonCode).toBe(0);
    expect(await back.receivePayloads(1)).toEqual(['new']);
  },
);

overTransports(
  'a PUBREC of 0x80 or above frees the packet id: a PUBREL for it finds none [MQTT-4.3.3-9] [MQTT-3.7.2-1]',
  async ({ connect }) => {
    const client = await connect();
    expect((await answerTo(client, 'closed/t', 2, 7)).code).toBe(NOT_AUTHORIZED);
    client.send({ cmd: 'pubrel', messageId: 7 });
    expect(await client.expect('pubcomp')).toMatchObject({ messageId: 7, reasonCode: 0x92 });
  },
);

overTransports(
  'refused messages take no place in the Receive Maximum [MQTT-3.3.4-7]',
  async ({ connect, topic }) => {
    const client = await connect();
    const { receiveMaximum = 0 } = client.connack.properties ?? {};
    for (let n = 1; n <= receiveMaximum + 5; n++) await answerTo(client, 'closed/t', 2, n);
    expect((await answerTo(client, topic(), 2, 1)).code).toBeLessThan(0x80);
  },
);

const sizes: [
  what: string,
  properties: { maximumPacketSize?: number; requestProblemInformation?: boolean },
][] = [
  ['its Maximum Packet Size is 60', { maximumPacketSize: 60 }],
  ['it asks for no problem information', { requestProblemInformation: false, maximumPacketSize: 60 }],
];

overTransports.each(sizes)(
  'a PUBACK and a PUBREC that refuse fit what the client takes, where %s [MQTT-3.4.2-2] [MQTT-3.4.2-3] [MQTT-3.5.2-2] [MQTT-3.5.2-3]',
  async (scene, _, properties) => {
    await fullQueue(scene, 1);
    const client = await scene.connect({ properties });
    for (const qos of [1, 2] as const)
      for (const topic of ['closed/t', scene.topic()]) {
        const { raw, code } = await answerTo(client, topic, qos, qos);
        expect(code).toBeGreaterThanOrEqual(0x80);
        expect(raw.length).toBeLessThanOrEqual(60);
      }
    for (const { packet } of client.history) {
      if (properties.requestProblemInformation !== false || packet.cmd === 'connack') continue;
      expect('properties' in packet ? packet.properties : undefined).toBeUndefined();
    }
  },
);

overTransports(
  'a refused message sets its alias, and is not retained [MQTT-3.3.2-12] [MQTT-3.3.1-5]',
  async ({ connect }) => {
    const client = await connect();
    const alias = [property('topicAlias', u16(1))];
    for (const topic of ['closed/kept', '', '']) {
      client.send(
        publishBytes({ topic, payload: 'x', qos: 1, retain: true, packetId: 1, properties: alias }),
      );
      expect((await client.expect('puback')).reasonCode).toBe(NOT_AUTHORIZED);
    }
    const subscriber = await connect();
    await subscriber.subscribe('closed/#', 1);
    await subscriber.subscribe('marker-of-the-closed', 1);
    expect(await messagesBefore(subscriber, client, 'marker-of-the-closed', 1)).toEqual([]);
  },
);
