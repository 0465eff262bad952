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
} from '../support/bytes.ts';
import { messagesBefore } from '../support/marker.ts';
import { useServer } from '../support/server.ts';
import { lasting, untilAway } from '../support/sessions.ts';

const { overTransports } = useServer({ version: 5 });

const method = property('authMethod', text('SCRAM-SHA-1'));
const data = property('authData', Buffer.concat([u16(2), byte(1, 2)]));

overTransports(
  'refuses a CONNECT with an authentication method by 0x8C and closes [MQTT-4.12.0-1] [MQTT-4.13.2-1]',
  async ({ open, id }) => {
    for (const list of [[method], [method, data]]) {
      const client = await open();
      client.send(connectBytes({ level: 5, clientId: id(), properties: list }));
      const connack = await client.refusedWith(0x8c);
      expect(connack.sessionPresent).toBe(false);
    }
  },
);

overTransports(
  'refuses authentication data without a method as a protocol error [MQTT-4.13.1-1]',
  async ({ open, id }) => {
    const client = await open();
    client.send(connectBytes({ level: 5, clientId: id(), properties: [data] }));
    for (const connack of await client.ended())
      expect(connack).toMatchObject({ cmd: 'connack', reasonCode: 0x82 });
  },
);

overTransports(
  'sends neither AUTH nor a method to a client that named none [MQTT-4.12.0-6]',
  async ({ connect, id }) => {
    const client = await connect({ clientId: id(), username: 'user', password: Buffer.from('secret') });
    expect(client.connack.properties?.authenticationMethod).toBeUndefined();
    expect(client.connack.properties?.authenticationData).toBeUndefined();
    await client.nothingMore();
    expect(client.history.map(({ packet: { cmd } }) => cmd)).toEqual(['connack', 'pingresp']);
  },
);

const faults: [what: string, code: number, bytes: Buffer][] = [
  ['a reserved packet type', 0x81, packet('reserved', [])],
  ['reserved flags of PUBACK', 0x81, packet('puback', [u16(1)], 1)],
  ['a Remaining Length of five bytes', 0x81, Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01])],
  ['a PUBLISH without its property length', 0x81, packet('publish', [text('t')])],
  ['properties that run past the packet', 0x81, packet('publish', [text('t'), byte(9)])],
  ['a property length of five bytes', 0x81, packet('publish', [text('t'), byte(128, 128, 128, 128, 1)])],
  ['a SUBSCRIBE without its property length', 0x81, packet('subscribe', [u16(1)])],
  ['packet id 0 in PUBLISH', 0x82, publishBytes({ topic: 't', qos: 1, packetId: 0, properties: [] })],
  ['a second CONNECT', 0x82, connectBytes({ level: 5, clientId: 'x' })],
  ['a SUBACK', 0x82, packet('suback', [u16(1), byte(0, 0)])],
  ['an UNSUBACK', 0x82, packet('unsuback', [u16(1), byte(0, 0)])],
  ['a packet above the Maximum Packet Size', 0x95, Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f])],
];

overTransports.each(faults)(
  'tells a client of %s and closes its connection [MQTT-4.13.1-1] [MQTT-4.13.2-1]',
  async ({ connect }, _, code, bytes) => {
    const client = await connect();
    client.send(bytes);
    await client.disconnectedWith(code);
  },
);

overTransports(
  'closes after a CONNACK of 0x80 or above, and reads nothing behind the CONNECT [MQTT-4.13.2-1]',
  async ({ open, connect, topic, id }) => {
    const watcher = await connect();
    await watcher.subscribe(topic(), 1);
    const client = await open();
    client.send(
      connectBytes({ level: 5, clientId: id(), properties: [method] }),
      publishBytes({ topic: topic(), payload: 'behind', properties: [] }),
    );
    await client.refusedWith(0x8c);
    expect(await messagesBefore(watcher, await connect(), topic(), 1)).toEqual([]);
  },
);

overTransports(
  'a fault ends the connection it came over, and harms neither session nor others [MQTT-4.13.1-1]',
  async (scene) => {
    const { connect, topic } = scene;
    const other = await connect();
    await other.subscribe(topic(), 1);
    const id = scene.id();
    const client = await connect(lasting(id));
    await client.subscribe(topic(), 1);
    client.send(
      publishBytes({ topic: topic(), payload: 'before', qos: 1, packetId: 1, properties: [] }),
      packet('subscribe', [u16(2), properties()]),
      publishBytes({ topic: topic(), payload: 'behind', qos: 1, packetId: 3, properties: [] }),
    );
    await client.gone();
    await untilAway(scene, id);
    expect(await other.receivePayloads(1)).toEqual(['before']);
    const back = await connect(lasting(id));
    expect(back.connack.sessionPresent).toBe(true);
    expect(await back.receivePayloads(1)).toEqual(['before']);
    expect(await messagesBefore(other, await connect(), topic(), 1)).toEqual([]);
  },
);
