import { expect } from 'vitest';
import {
  byte,
  connectBytes,
  packet,
  pingreq,
  properties,
  property,
  publishBytes,
  text,
  u32,
} from '../support/bytes.ts';
import { messagesBefore } from '../support/marker.ts';
import { useServer } from '../support/server.ts';
import { goAway, lasting, untilAway } from '../support/sessions.ts';

const { overTransports } = useServer({ version: 5 });

/** What ends a connection, and with what. */
const faults: [what: string, code: number, bytes: Buffer][] = [
  ['a reserved packet type', 0x81, packet('reserved', [])],
  ['a PUBLISH that ends too early', 0x81, Buffer.from([0x30, 0x01, 0x00])],
  ['a second CONNECT', 0x82, connectBytes({ level: 5, clientId: 'again' })],
  ['a CONNACK', 0x82, packet('connack', [byte(0, 0, 0)])],
  ['a wildcard in a topic', 0x90, publishBytes({ topic: 'a/#', properties: [] })],
  ['an unknown alias', 0x94, publishBytes({ topic: '', properties: [Buffer.from([0x23, 0, 9])] })],
  ['a packet that is too large', 0x95, Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f])],
];

const notAccepted: [what: string, bytes: Buffer][] = [
  ['a PUBLISH', publishBytes({ properties: [] })],
  ['a DISCONNECT', packet('disconnect', [])],
  ['no packet', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['a CONNECT with a reserved flag', connectBytes({ level: 5, flags: 0x03 })],
  ['a CONNECT of an unknown protocol level', connectBytes({ level: 9 })],
  ['a CONNECT with a property twice', connectBytes({ level: 5, properties: [byte(0x17, 0), byte(0x17, 0)] })],
];

overTransports.each(notAccepted)(
  'sends no DISCONNECT to a client whose first packet is %s [MQTT-3.14.0-1]',
  async ({ open }, _, bytes) => {
    const client = await open();
    client.send(bytes);
    const sent = (await client.ended()).map(({ cmd }) => cmd);
    expect(sent.filter((cmd) => cmd !== 'connack')).toEqual([]);
  },
);

overTransports.each([[1], [2], [4], [8], [15]] as [flags: number][])(
  'answers a DISCONNECT with flags %s by DISCONNECT 0x81 [MQTT-3.14.1-1]',
  async ({ connect }, flags) => {
    const client = await connect();
    client.send(packet('disconnect', [byte(0)], flags));
    await client.disconnectedWith(0x81);
  },
);

overTransports(
  'a DISCONNECT it cannot read does not discard the will [MQTT-3.14.1-1] [MQTT-3.14.4-3]',
  async ({ connect, topic }) => {
    const watcher = await connect();
    await watcher.subscribe(topic(), 1);
    const client = await connect({ will: { topic: topic(), payload: 'will', qos: 1, retain: false } });
    client.send(packet('disconnect', [], 1));
    await client.disconnectedWith(0x81);
    expect(await watcher.receivePayloads(1)).toEqual(['will']);
  },
);

const clientCodes = [0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99].map(
  (code): [name: string, code: number] => [`0x${code.toString(16)}`, code],
);

overTransports.each(clientCodes)(
  'takes DISCONNECT with code %s for the end, and says nothing [MQTT-3.14.2-1]',
  async ({ connect }, _, code) => {
    const client = await connect();
    client.send(packet('disconnect', [byte(code)]));
    await client.closedSilently();
  },
);

overTransports.each([[0x01], [0x05], [0x18], [0x84], [0xff]] as [code: number][])(
  'refuses DISCONNECT with code %s, which it cannot have [MQTT-3.14.2-1]',
  async ({ connect }, code) => {
    const client = await connect();
    client.send(packet('disconnect', [byte(code)]));
    await client.disconnectedWith(0x81, 0x82);
  },
);

overTransports(
  'takes DISCONNECT without a code, without properties, and with all it may have [MQTT-3.14.2-1]',
  async ({ connect }) => {
    const all = properties(
      property('reasonString', text('because')),
      property('userProperty', Buffer.concat([text('a'), text('b')])),
    );
    for (const parts of [[], [byte(0)], [byte(0, 0)], [byte(0), all]]) {
      const client = await connect();
      client.send(packet('disconnect', parts));
      await client.closedSilently();
    }
  },
);

overTransports(
  'refuses DISCONNECT with a property twice, or one that is not its own [MQTT-4.13.1-1]',
  async ({ connect }) => {
    const reason = property('reasonString', text('because'));
    const expiry = property('sessionExpiry', u32(0));
    const broken: [parts: Buffer[], ...codes: number[]][] = [
      [[reason, reason], 0x82],
      [[expiry, expiry], 0x82],
      [[property('receiveMaximum', byte(0, 1))], 0x81, 0x82],
    ];
    for (const [parts, ...codes] of broken) {
      const client = await connect();
      client.send(packet('disconnect', [byte(0), properties(...parts)]));
      await client.disconnectedWith(...codes);
    }
  },
);

overTransports.each(faults)(
  'ends the connection after %s: a DISCONNECT with its code, nothing behind it, no expiry in it [MQTT-3.14.2-1] [MQTT-3.14.2-2] [MQTT-3.14.4-1] [MQTT-3.14.4-2] [MQTT-4.13.2-1]',
  async ({ connect, id }, _, code, bytes) => {
    const client = await connect(lasting(id()));
    client.send(bytes, pingreq, pingreq);
    const disconnect = await client.disconnectedWith(code);
    expect(disconnect.properties?.sessionExpiryInterval).toBeUndefined();
  },
);

overTransports.each([[30], [60], [1000]] as [maximumPacketSize: number][])(
  'a DISCONNECT says as much as fits in a Maximum Packet Size of %s [MQTT-3.14.2-3] [MQTT-3.14.2-4]',
  async ({ connect }, maximumPacketSize) => {
    const client = await connect({ properties: { maximumPacketSize } });
    client.send(publishBytes({ topic: 'a/#', properties: [] }));
    const { raw, packet: disconnect } = await client.nextRaw('disconnect');
    expect(raw.length).toBeLessThanOrEqual(maximumPacketSize);
    expect(disconnect.reasonCode).toBe(0x90);
    if (maximumPacketSize === 1000) expect(disconnect.properties?.reasonString).toMatch(/topic/);
    await client.closedSilently();
  },
);

overTransports(
  'reads nothing behind a DISCONNECT [MQTT-3.14.4-1] [MQTT-3.14.4-2]',
  async ({ connect, topic, id, ...scene }) => {
    const watcher = await connect();
    await watcher.subscribe(topic(), 1);
    const clientId = id();
    const client = await connect({ clientId });
    client.send(
      publishBytes({ topic: topic(), payload: 'before', qos: 1, packetId: 1, properties: [] }),
      packet('disconnect', []),
      publishBytes({ topic: topic(), payload: 'behind', qos: 1, packetId: 2, properties: [] }),
    );
    await client.ended();
    await untilAway(scene, clientId);
    expect(await watcher.receivePayloads(1)).toEqual(['before']);
    expect(await messagesBefore(watcher, await connect(), topic(), 1)).toEqual([]);
  },
);

overTransports(
  'tells the older connection of a client id 0x8E before it closes it [MQTT-3.14.2-1] [MQTT-3.14.4-2]',
  async ({ connect, id }) => {
    const clientId = id();
    const older = await connect({ clientId });
    await connect({ clientId });
    await older.disconnectedWith(0x8e);
  },
);

overTransports.concurrent(
  'tells a client 0x8D when its keep-alive has passed [MQTT-3.14.2-1] [MQTT-3.14.4-2]',
  async ({ connect }) => {
    const client = await connect({ keepalive: 1 });
    await client.disconnectedWith(0x8d);
  },
);

overTransports(
  'Session Expiry Interval in DISCONNECT replaces that of CONNECT [MQTT-4.1.0-2]',
  async (scene) => {
    const ended = scene.id();
    const first = await scene.connect(lasting(ended, 300));
    await first.leave({ properties: { sessionExpiryInterval: 0 } });
    expect((await scene.connect(lasting(ended))).connack.sessionPresent).toBe(false);

    const kept = scene.id();
    const second = await scene.connect(lasting(kept, 1));
    await second.subscribe(scene.topic(), 1);
    await second.leave({ properties: { sessionExpiryInterval: 300 } });
    const third = await scene.connect(lasting(kept));
    expect(third.connack.sessionPresent).toBe(true);
    expect(await messagesBefore(third, await scene.connect(), scene.topic(), 1)).toEqual([]);
  },
);

overTransports('without it in DISCONNECT that of CONNECT stays [MQTT-4.1.0-2]', async (scene) => {
  const id = scene.id();
  await goAway(scene, await scene.connect(lasting(id)));
  expect((await scene.connect(lasting(id))).connack.sessionPresent).toBe(true);
});

overTransports(
  'a session that was to end with its connection cannot be prolonged: protocol error [MQTT-4.13.1-1]',
  async ({ connect, id }) => {
    const clientId = id();
    const client = await connect(lasting(clientId, 0));
    client.send({ cmd: 'disconnect', reasonCode: 0, properties: { sessionExpiryInterval: 60 } });
    await client.disconnectedWith(0x82);
    expect((await connect(lasting(clientId))).connack.sessionPresent).toBe(false);
  },
);
