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
  u16,
  u32,
} from '../support/bytes.ts';
import type { Client } from '../support/client.ts';
import { codeOf } from '../support/client.ts';
import { messagesBefore } from '../support/marker.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 5 });

/** The connection ends; if CONNACK came, it has one of these codes and says nothing of a session. */
async function refused(client: Client, ...codes: number[]): Promise<void> {
  const answers = await client.ended();
  for (const answer of answers) {
    expect(answer).toMatchObject({ cmd: 'connack', sessionPresent: false });
    expect(codes).toContain(codeOf(answer));
  }
  expect(answers.length).toBeLessThan(2);
}

overTransports.each([
  ['PINGREQ', pingreq],
  ['PUBLISH', publishBytes({ topic: 'first', properties: [] })],
  ['SUBSCRIBE', packet('subscribe', [u16(1), properties(), text('first'), byte(0)])],
  ['DISCONNECT', packet('disconnect', [])],
  ['AUTH', packet('auth', [])],
] as const)('closes when %s comes before CONNECT [MQTT-3.1.0-1]', async ({ open }, _, bytes) => {
  const client = await open();
  client.send(bytes);
  expect((await client.ended()).filter(({ cmd }) => cmd !== 'disconnect')).toEqual([]);
});

overTransports('closes on a second CONNECT, with DISCONNECT 0x82 [MQTT-3.1.0-2]', async ({ connect, id }) => {
  for (const same of [true, false]) {
    const client = await connect();
    client.send(connectBytes({ level: 5, clientId: same ? client.clientId : id() }), pingreq);
    await client.disconnectedWith(0x82);
  }
});

overTransports.each([['MQTt'], ['mqtt'], ['MQT'], ['MQTTT'], [''], ['HTTP']] as const)(
  'refuses the protocol name "%s" by 0x84 or by closing [MQTT-3.1.2-1]',
  async ({ open, id }, protocolName) => {
    const client = await open();
    client.send(connectBytes({ level: 5, protocolName, clientId: id() }), pingreq);
    await refused(client, 0x84, 0x81, 0x82);
  },
);

overTransports.each([[6], [7], [255]] as const)(
  'refuses protocol version %s by 0x84 or by closing [MQTT-3.1.2-2]',
  async ({ open, id }, level) => {
    const client = await open();
    client.send(connectBytes({ level, clientId: id() }), pingreq);
    await refused(client, 0x84);
  },
);

overTransports('closes when the reserved connect flag is set [MQTT-3.1.2-3]', async ({ open, id }) => {
  const client = await open();
  client.send(connectBytes({ level: 5, flags: 0x03, clientId: id() }), pingreq);
  await refused(client, 0x81);
});

const noWill = properties();

overTransports.each([
  ['nothing of the will that its flag promises [MQTT-3.1.2-9]', 0x06, []],
  ['a will that has no payload [MQTT-3.1.2-9]', 0x06, [noWill, text('will')]],
  ['a will that has no properties length [MQTT-3.1.2-9]', 0x06, [text('will'), text('x')]],
  ['will QoS 1 without the will flag [MQTT-3.1.2-11]', 0x0a, []],
  ['will QoS 2 without the will flag [MQTT-3.1.2-11]', 0x12, []],
  ['will QoS 3 [MQTT-3.1.2-12]', 0x1e, [noWill, text('will'), text('x')]],
  ['will retain without the will flag [MQTT-3.1.2-13]', 0x22, []],
  ['a user name without its flag [MQTT-3.1.2-16]', 0x02, [text('user')]],
  ['the user name flag without a user name [MQTT-3.1.2-17]', 0x82, []],
  ['a password without its flag [MQTT-3.1.2-18]', 0x82, [text('user'), text('secret')]],
  ['the password flag without a password [MQTT-3.1.2-19]', 0xc2, [text('user')]],
] as const)('refuses CONNECT with %s', async ({ open, id }, _, flags, rest) => {
  const client = await open();
  client.send(connectBytes({ level: 5, flags, clientId: id(), rest }));
  await refused(client, 0x81, 0x82);
});

overTransports.each([[0], [1], [2]] as const)(
  'accepts a will of QoS %s [MQTT-3.1.2-12] [MQTT-3.1.2-7]',
  async ({ open, connect, id, topic }, qos) => {
    const watcher = await connect();
    await watcher.subscribe(topic(), 2);
    const client = await open();
    const rest = [noWill, text(topic()), text('last words')];
    client.send(connectBytes({ level: 5, flags: 0x06 | (qos << 3), clientId: id(), rest }));
    expect(codeOf(await client.expect('connack'))).toBe(0);
    client.drop();
    expect((await watcher.receive()).qos).toBe(qos);
  },
);

overTransports(
  'takes a user name, a password, both, or neither [MQTT-3.1.2-17] [MQTT-3.1.2-19]',
  async ({ open, id }) => {
    const cases = [
      [0x02, []],
      [0x82, [text('üser')]],
      [0x42, [text(Buffer.from([0xff, 0, 0xc0]))]],
      [0xc2, [text('user'), text('')]],
    ] as const;
    for (const [flags, rest] of cases) {
      const client = await open();
      client.send(connectBytes({ level: 5, flags, clientId: id(), rest }));
      expect(codeOf(await client.expect('connack'))).toBe(0);
    }
  },
);

overTransports(
  'reads client id, will properties, topic and payload, user name and password in this order [MQTT-3.1.3-1]',
  async ({ open, connect, id, topic }) => {
    const watcher = await connect();
    await watcher.subscribe(topic('#'));
    const client = await open();
    const willProperties = properties(property('contentType', text('text/plain')));
    const rest = [willProperties, text(topic('will')), text('last words'), text('user'), text('secret')];
    client.send(connectBytes({ level: 5, flags: 0xc6, clientId: id(), rest }));
    await client.expect('connack');
    client.drop();
    const will = await watcher.receive();
    expect([will.topic, String(will.payload)]).toEqual([topic('will'), 'last words']);
    expect(will.properties?.contentType).toBe('text/plain');
  },
);

overTransports('closes on CONNECT without a client id [MQTT-3.1.3-3]', async ({ open }) => {
  const client = await open();
  client.send(packet('connect', [text('MQTT'), byte(5, 2), u16(60), properties()]));
  await refused(client, 0x81);
});

const notUtf8 = text(Buffer.from([0x61, 0xc3, 0x28]));

overTransports.each([
  ['a client id that is no UTF-8 [MQTT-3.1.3-4]', 0x02, [notUtf8]],
  ['a will topic that is no UTF-8 [MQTT-3.1.3-11]', 0x06, [text('x'), noWill, notUtf8, text('x')]],
  ['a user name that is no UTF-8 [MQTT-3.1.3-12]', 0x82, [text('x'), notUtf8]],
] as const)('refuses %s', async ({ open }, _, flags, payload) => {
  const client = await open();
  client.send(packet('connect', [text('MQTT'), byte(5, flags), u16(60), properties(), ...payload]));
  await refused(client, 0x81, 0x85);
});

const letters = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

overTransports(
  'accepts client ids of 1 to 23 digits and letters [MQTT-3.1.3-5]',
  async ({ connect, transport }) => {
    const first = transport === 'tcp' ? 'T' : 'W';
    const rests = ['', letters.slice(0, 22), letters.slice(22, 44), letters.slice(44)];
    for (const rest of rests) await connect({ clientId: `${first}${rest}` });
  },
);

overTransports(
  'refuses a client id it does not accept, by 0x85 or by closing [MQTT-3.1.3-8]',
  async ({ open }) => {
    const client = await open();
    client.send(connectBytes({ level: 5, clientId: 'x'.repeat(300) }), pingreq);
    await refused(client, 0x85);
  },
);

overTransports.each([
  ['an empty body', packet('connect', [])],
  ['no keep-alive', packet('connect', [text('MQTT'), byte(5, 2)])],
  ['no properties', packet('connect', [text('MQTT'), byte(5, 2), u16(60)])],
  [
    'properties longer than the packet',
    packet('connect', [text('MQTT'), byte(5, 2), u16(60), byte(100), text('x')]),
  ],
  [
    'a byte too many',
    packet('connect', [text('MQTT'), byte(5, 2), u16(60), properties(), text('x'), byte(0)]),
  ],
  ['a property of PUBLISH', connectBytes({ level: 5, properties: [property('topicAlias', u16(1))] })],
  [
    'Receive Maximum 0',
    connectBytes({ level: 5, clientId: 'x', properties: [property('receiveMaximum', u16(0))] }),
  ],
  [
    'Maximum Packet Size 0',
    connectBytes({ level: 5, clientId: 'x', properties: [property('maximumPacketSize', u32(0))] }),
  ],
  [
    'Request Problem Information 2',
    connectBytes({ level: 5, clientId: 'x', properties: [property('requestProblemInformation', byte(2))] }),
  ],
  [
    'Request Response Information 2',
    connectBytes({ level: 5, clientId: 'x', properties: [property('requestResponseInformation', byte(2))] }),
  ],
  [
    'Session Expiry Interval twice',
    connectBytes({
      level: 5,
      clientId: 'x',
      properties: [property('sessionExpiry', u32(1)), property('sessionExpiry', u32(1))],
    }),
  ],
  [
    'authentication data without a method',
    connectBytes({ level: 5, clientId: 'x', properties: [property('authData', text('x'))] }),
  ],
] as const)('refuses CONNECT with %s, and closes [MQTT-3.1.4-1]', async ({ open }, _, bytes) => {
  const client = await open();
  client.send(bytes, pingreq);
  await refused(client, 0x81, 0x82);
});

overTransports(
  'closes where a check beyond the format fails: an authentication method there is not [MQTT-3.1.4-2]',
  async ({ open, id }) => {
    const client = await open();
    const method = property('authMethod', text('none-such'));
    client.send(connectBytes({ level: 5, clientId: id(), properties: [method] }), pingreq);
    await refused(client, 0x8c);
  },
);

overTransports(
  'ends the older connection of the same client id with DISCONNECT 0x8E [MQTT-3.1.4-3]',
  async ({ connect, id }) => {
    for (const clean of [true, false]) {
      const clientId = id();
      const older = await connect({ clientId, clean, properties: { sessionExpiryInterval: 60 } });
      const newer = await connect({ clientId, clean, properties: { sessionExpiryInterval: 60 } });
      await older.disconnectedWith(0x8e);
      expect(newer.connack.sessionPresent).toBe(!clean);
      await newer.nothingMore();
    }
  },
);

overTransports(
  'acknowledges CONNECT with 0x00, and processes what came behind it [MQTT-3.1.4-5]',
  async ({ open, id, topic }) => {
    const client = await open();
    client.send(
      connectBytes({ level: 5, clientId: id() }),
      packet('subscribe', [u16(7), properties(), text(topic()), byte(0)]),
      publishBytes({ topic: topic(), payload: 'early', properties: [] }),
    );
    expect(codeOf(await client.expect('connack'))).toBe(0);
    await client.take('suback');
    expect(String((await client.receive()).payload)).toBe('early');
  },
);

overTransports(
  'processes nothing behind a CONNECT it rejects [MQTT-3.1.4-6]',
  async ({ open, connect, topic, id }) => {
    const watcher = await connect();
    await watcher.subscribe(topic('#'));
    const rejected = [
      connectBytes({ level: 5, clientId: 'x'.repeat(300) }),
      connectBytes({ level: 5, clientId: id(), properties: [property('authMethod', text('none-such'))] }),
      connectBytes({ level: 5, clientId: id(), flags: 0x03 }),
    ];
    for (const bytes of rejected) {
      const client = await open();
      client.send(bytes, publishBytes({ topic: topic('no'), payload: 'x', properties: [] }));
      await client.ended();
    }
    expect(await messagesBefore(watcher, await connect(), topic('marker'))).toEqual([]);
  },
);
