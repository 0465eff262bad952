import { expect } from 'vitest';
import {
  byte,
  packet,
  packetTypes,
  pingreq,
  publishBytes,
  text,
  u16,
  type PacketType,
} from '../support/bytes.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 4 });

overTransports(
  'sends every packet with the flag bits the table lists [MQTT-2.2.2-1]',
  async ({ open, id, topic }) => {
    const client = await open();
    await client.greet(id());
    await client.subscribe(topic(), 2);
    client.send(publishBytes({ topic: topic(), qos: 1, packetId: 11 }));
    await client.take('puback');
    client.send(publishBytes({ topic: topic(), qos: 2, packetId: 12 }));
    await client.take('pubrec');
    client.send(packet('pubrel', [u16(12)]));
    await client.take('pubcomp');
    await client.receive();
    await client.receive();
    await client.unsubscribe(topic());
    await client.nothingMore();
    const firstBytes = new Map(client.history.map(({ raw, packet: { cmd } }) => [cmd, raw[0]]));
    expect(firstBytes).toEqual(
      new Map([
        ['connack', 0x20],
        ['suback', 0x90],
        ['puback', 0x40],
        ['pubrec', 0x50],
        ['pubcomp', 0x70],
        ['publish', 0x34],
        ['pubrel', 0x62],
        ['unsuback', 0xb0],
        ['pingresp', 0xd0],
      ]),
    );
  },
);

const bodies: [type: PacketType, flags: number, parts: Buffer[]][] = [
  ['puback', 0, [u16(1)]],
  ['pubrec', 0, [u16(1)]],
  ['pubrel', 2, [u16(1)]],
  ['pubcomp', 0, [u16(1)]],
  ['subscribe', 2, [u16(1), text('t'), byte(0)]],
  ['unsubscribe', 2, [u16(1), text('t')]],
  ['pingreq', 0, []],
  ['disconnect', 0, []],
];

overTransports.each(bodies)(
  'closes on %s with any flag bits but its own [MQTT-2.2.2-2]',
  async ({ connect }, type, usual, parts) => {
    for (const flags of [0, 1, 2, 4, 8, 15].filter((candidate) => candidate !== usual)) {
      const client = await connect();
      client.send(packet(type, parts, flags), pingreq);
      await client.closedSilently();
    }
  },
);

overTransports('closes on CONNECT with flag bits [MQTT-2.2.2-2]', async ({ open, id }) => {
  for (const flags of [1, 2, 4, 8]) {
    const client = await open();
    client.send(packet('connect', [text('MQTT'), byte(4, 2), u16(60), text(id())], flags));
    await client.closedSilently();
  }
});

overTransports(
  'closes on packet id 0 in SUBSCRIBE, UNSUBSCRIBE and PUBLISH above QoS 0 [MQTT-2.3.1-1]',
  async ({ connect, topic }) => {
    const packets = [
      packet('subscribe', [u16(0), text(topic()), byte(0)]),
      packet('unsubscribe', [u16(0), text(topic())]),
      publishBytes({ topic: topic(), qos: 1, packetId: 0 }),
      publishBytes({ topic: topic(), qos: 2, packetId: 0 }),
    ];
    for (const bytes of packets) {
      const client = await connect();
      client.send(bytes, pingreq);
      await client.closedSilently();
    }
  },
);

overTransports(
  'gives each unacknowledged PUBLISH a packet id of its own, never 0 [MQTT-2.3.1-4]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    const publisher = await connect();
    await subscriber.subscribe([`${topic('one')}`, `${topic('two')}`], 2);
    for (let n = 0; n < 5; n++) {
      await publisher.publish(topic('one'), 'x', 1);
      await publisher.publish(topic('two'), 'x', 2);
    }
    const ids = new Set<number>();
    for (let n = 0; n < 10; n++) ids.add((await subscriber.expect('publish')).messageId ?? 0);
    expect(ids.size).toBe(10);
    expect(ids).not.toContain(0);
  },
);

overTransports('sends PUBLISH at QoS 0 without a packet id [MQTT-2.3.1-5]', async ({ connect, topic }) => {
  const client = await connect();
  await client.subscribe(topic(), 2);
  client.send(publishBytes({ topic: topic(), payload: 'payload' }));
  const { raw } = await client.nextRaw('publish');
  expect(raw).toEqual(publishBytes({ topic: topic(), payload: 'payload' }));
});

overTransports(
  'answers PUBLISH and PUBREL under their packet id, whichever it is [MQTT-2.3.1-6]',
  async ({ connect, topic }) => {
    const client = await connect();
    for (const packetId of [1, 256, 65_535]) {
      client.send(publishBytes({ topic: topic(), qos: 1, packetId }));
      expect((await client.nextRaw('puback')).raw).toEqual(packet('puback', [u16(packetId)]));
      client.send(publishBytes({ topic: topic(), qos: 2, packetId }));
      expect((await client.nextRaw('pubrec')).raw).toEqual(packet('pubrec', [u16(packetId)]));
      client.send(packet('pubrel', [u16(packetId)]));
      expect((await client.nextRaw('pubcomp')).raw).toEqual(packet('pubcomp', [u16(packetId)]));
    }
  },
);

overTransports(
  'sends PUBREL under the packet id of its PUBLISH [MQTT-2.3.1-6]',
  async ({ connect, topic }) => {
    const client = await connect();
    await client.subscribe(topic(), 2);
    await client.publish(topic(), 'x', 2);
    const { messageId } = await client.take('publish');
    client.send({ cmd: 'pubrec', messageId: messageId ?? 0 });
    expect((await client.nextRaw('pubrel')).raw).toEqual(packet('pubrel', [u16(messageId ?? 0)]));
  },
);

overTransports(
  'answers SUBSCRIBE and UNSUBSCRIBE under their packet id, whichever it is [MQTT-2.3.1-7]',
  async ({ connect, topic }) => {
    const client = await connect();
    for (const packetId of [1, 256, 65_535]) {
      client.send(packet('subscribe', [u16(packetId), text(topic()), byte(1)]));
      expect((await client.nextRaw('suback')).raw).toEqual(packet('suback', [u16(packetId), byte(1)]));
      client.send(packet('unsubscribe', [u16(packetId), text(topic())]));
      expect((await client.nextRaw('unsuback')).raw).toEqual(packet('unsuback', [u16(packetId)]));
    }
  },
);

overTransports.each([['reserved'], ['auth']] as const)(
  'closes on a packet of type %s, which 3.1.1 reserves [MQTT-4.8.0-1]',
  async ({ connect }, type) => {
    const client = await connect();
    client.send(byte(packetTypes[type] << 4, 0), pingreq);
    await client.closedSilently();
  },
);

const fromServer: [type: PacketType, parts: Buffer[]][] = [
  ['connack', [byte(0, 0)]],
  ['suback', [u16(1), byte(0)]],
  ['unsuback', [u16(1)]],
  ['pingresp', []],
];

overTransports.each(fromServer)(
  'closes on %s, which only a server sends [MQTT-4.8.0-1]',
  async ({ connect }, type, parts) => {
    const client = await connect();
    client.send(packet(type, parts), pingreq);
    await client.closedSilently();
  },
);

overTransports.each([
  ['a Remaining Length of five bytes', Buffer.from('30ffffffff01', 'hex')],
  ['PINGREQ with a body', Buffer.from('c00100', 'hex')],
  ['DISCONNECT with a body', Buffer.from('e00100', 'hex')],
  ['PUBACK of one byte', Buffer.from('400101', 'hex')],
  ['PUBACK of three bytes', Buffer.from('4003000100', 'hex')],
  ['PUBLISH that ends within its topic', Buffer.from('3003000561', 'hex')],
  ['PUBLISH at QoS 1 that ends before its packet id', Buffer.from('3203000161', 'hex')],
  ['SUBSCRIBE that ends before its QoS', Buffer.from('82050001000161', 'hex')],
  ['SUBSCRIBE that ends within its packet id', Buffer.from('820100', 'hex')],
  ['UNSUBSCRIBE that ends within its filter', Buffer.from('a20500010002 61'.replaceAll(' ', ''), 'hex')],
] as const)('closes on %s [MQTT-4.8.0-1]', async ({ connect }, _, bytes) => {
  const client = await connect();
  client.send(bytes);
  await client.closedSilently();
});
