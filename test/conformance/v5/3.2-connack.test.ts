import { expect } from 'vitest';
import {
  connectBytes,
  packet,
  pingreq,
  properties,
  property,
  text,
  u16,
  u32,
  byte,
} from '../support/bytes.ts';
import { codeOf } from '../support/client.ts';
import { goAway, lasting } from '../support/sessions.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 5 });

overTransports(
  'sends CONNACK first, also where messages wait and packets came behind CONNECT [MQTT-3.2.0-1]',
  async (scene) => {
    const { connect, open, id, topic } = scene;
    const clientId = id();
    const first = await connect(lasting(clientId));
    await first.subscribe(topic(), 1);
    await goAway(scene, first);
    await (await connect()).publish(topic(), 'waiting', 1);
    const again = await open();
    const subscribe = packet('subscribe', [u16(1), properties(), text('x'), byte(0)]);
    again.send(connectBytes({ level: 5, clientId, flags: 0 }), pingreq, subscribe);
    expect(codeOf(await again.expect('connack'))).toBe(0);
    await again.take('publish', ({ payload }) => String(payload) === 'waiting');
  },
);

overTransports('sends one CONNACK [MQTT-3.2.0-2]', async ({ connect, topic }) => {
  const client = await connect();
  await client.subscribe(topic());
  await client.publish(topic(), 'x', 1);
  await client.receive();
  client.send(connectBytes({ level: 5, clientId: client.clientId }));
  await client.ended();
  expect(client.history.filter((received) => received.packet.cmd === 'connack')).toHaveLength(1);
});

overTransports(
  'the acknowledge flags are session present and nothing else [MQTT-3.2.2-1] [MQTT-3.2.2-2] [MQTT-3.2.2-3]',
  async ({ open, id }) => {
    const clientId = id();
    const expiry = [property('sessionExpiry', u32(300))];
    for (const [flags, present] of [
      [0x00, 0],
      [0x00, 1],
      [0x02, 0],
      [0x00, 1],
    ] as const) {
      const client = await open();
      client.send(connectBytes({ level: 5, clientId, flags, properties: expiry }));
      const { raw } = await client.nextRaw('connack');
      expect([raw[2], raw[3]]).toEqual([present, 0]);
      await client.leave();
    }
  },
);

overTransports('Clean Start 1 says session present 0 whatever there was [MQTT-3.2.2-2]', async (scene) => {
  const { connect, id } = scene;
  const clientId = id();
  await goAway(scene, await connect(lasting(clientId)));
  expect((await connect({ ...lasting(clientId), clean: true })).connack.sessionPresent).toBe(false);
});

const tableOfCodes = [
  0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99, 0x9a,
  0x9b, 0x9c, 0x9d, 0x9f,
];

const refusals = (id: string): [why: string, bytes: Buffer][] => [
  ['a version there is not', connectBytes({ level: 9, clientId: id })],
  ['a client id that is too long', connectBytes({ level: 5, clientId: 'x'.repeat(300) })],
  [
    'an authentication method there is not',
    connectBytes({ level: 5, clientId: id, properties: [property('authMethod', text('none'))] }),
  ],
  ['reserved flags', connectBytes({ level: 5, clientId: id, flags: 0x03 })],
  [
    'a property it must not have',
    connectBytes({ level: 5, clientId: id, properties: [property('receiveMaximum', u16(0))] }),
  ],
];

overTransports(
  'a refusal says session present 0, a code of the table, and ends the connection [MQTT-3.2.2-6] [MQTT-3.2.2-7] [MQTT-3.2.2-8]',
  async (scene) => {
    const { connect, open, id } = scene;
    const clientId = id();
    await goAway(scene, await connect(lasting(clientId)));
    let connacks = 0;
    for (const [, bytes] of refusals(clientId)) {
      const client = await open();
      client.send(bytes, pingreq);
      await client.ended();
      for (const { raw } of client.history) {
        connacks++;
        expect([raw[0], raw[2]]).toEqual([0x20, 0]);
        expect(tableOfCodes).toContain(raw[3]);
        expect(raw[3]).toBeGreaterThanOrEqual(0x80);
      }
    }
    expect(connacks).toBeGreaterThan(0);
  },
);

overTransports(
  'an assigned client id is new each time and no other session’s [MQTT-3.2.2-16]',
  async ({ open }) => {
    const ids = new Set<string | undefined>();
    for (let n = 0; n < 10; n++) {
      const client = await open();
      client.send(connectBytes({ level: 5, flags: n % 2 === 0 ? 0x02 : 0x00, clientId: '' }));
      const connack = await client.expect('connack');
      ids.add(connack.properties?.assignedClientIdentifier);
      expect(connack.sessionPresent).toBe(false);
    }
    expect(ids.size).toBe(10);
    expect(ids).not.toContain(undefined);
  },
);

overTransports(
  'a CONNACK that refuses says why where there is room for it in the client’s Maximum Packet Size [MQTT-3.2.2-19] [MQTT-3.2.2-20] [MQTT-3.1.2-24]',
  async ({ open }) => {
    for (const maximum of [undefined, 5, 6, 20]) {
      const client = await open();
      const limit = maximum === undefined ? [] : [property('maximumPacketSize', u32(maximum))];
      client.send(connectBytes({ level: 5, clientId: 'x'.repeat(300), properties: limit }));
      const { raw, packet: connack } = await client.nextRaw('connack');
      await client.closedSilently();
      expect(codeOf(connack)).toBe(0x85);
      expect(raw.length).toBeLessThanOrEqual(maximum ?? 1_000);
      if (maximum === undefined) expect(raw.length).toBeGreaterThan(20);
    }
  },
);

overTransports(
  'a CONNACK that accepts is no larger than the client’s Maximum Packet Size [MQTT-3.1.2-24]',
  async ({ open, id }) => {
    for (const maximum of [1, 4, 5, 12]) {
      const client = await open();
      const limit = [property('maximumPacketSize', u32(maximum))];
      client.send(connectBytes({ level: 5, clientId: id(), properties: limit }), packet('disconnect', []));
      await client.ended();
      for (const { raw } of client.history) expect(raw.length).toBeLessThanOrEqual(maximum);
    }
  },
);

overTransports(
  'the limits CONNACK names are those in force, and what it leaves out is available [MQTT-3.2.2-8]',
  async ({ connect }) => {
    const { connack } = await connect();
    const { receiveMaximum, maximumPacketSize, topicAliasMaximum, ...rest } = connack.properties ?? {};
    expect(receiveMaximum ?? 65_535).toBeGreaterThan(0);
    expect(maximumPacketSize ?? 1).toBeGreaterThan(0);
    expect(topicAliasMaximum ?? 0).toBeGreaterThanOrEqual(0);
    expect(Object.entries(rest).filter(([, value]) => value === false || value === 0)).toEqual([]);
  },
);
