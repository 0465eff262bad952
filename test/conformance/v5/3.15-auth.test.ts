import { expect } from 'vitest';
import { byte, packet, properties, property, text } from '../support/bytes.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 5 });

const withMethod = properties(property('authMethod', text('SCRAM-SHA-1')));

overTransports.each([[1], [2], [4], [8]] as [flags: number][])(
  'refuses AUTH with flags %s as malformed [MQTT-3.15.1-1]',
  async ({ connect }, flags) => {
    const client = await connect();
    client.send(packet('auth', [byte(0x18), withMethod], flags));
    await client.disconnectedWith(0x81);
  },
);

overTransports.each([[0x01], [0x17], [0x80], [0xff]] as [code: number][])(
  'refuses AUTH with code %s, which it cannot have [MQTT-3.15.2-1]',
  async ({ connect }, code) => {
    const client = await connect();
    client.send(packet('auth', [byte(code), withMethod]));
    await client.disconnectedWith(0x81, 0x82);
  },
);

const authPackets: [what: string, parts: Buffer[]][] = [
  ['to continue', [byte(0x18), withMethod]],
  ['to authenticate again', [byte(0x19), withMethod]],
  ['without a code', []],
  ['without a method', [byte(0x18, 0)]],
];

overTransports.each(authPackets)(
  'AUTH %s is a protocol error after a CONNECT without a method [MQTT-4.12.0-7]',
  async ({ connect }, _, parts) => {
    const client = await connect();
    client.send(packet('auth', parts));
    await client.disconnectedWith(0x82);
  },
);

overTransports('AUTH before CONNECT ends the connection [MQTT-4.13.1-1]', async ({ open }) => {
  const client = await open();
  client.send(packet('auth', [byte(0x18), withMethod]));
  expect((await client.ended()).filter(({ cmd }) => cmd !== 'connack')).toEqual([]);
});

overTransports(
  'refuses AUTH with a property twice, or one that is not its own [MQTT-4.13.1-1]',
  async ({ connect }) => {
    const method = property('authMethod', text('x'));
    const broken = [properties(method, method), properties(property('receiveMaximum', byte(0, 1)))];
    for (const list of broken) {
      const client = await connect();
      client.send(packet('auth', [byte(0x18), list]));
      await client.disconnectedWith(0x81, 0x82);
    }
  },
);
