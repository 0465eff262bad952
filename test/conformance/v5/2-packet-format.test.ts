import { expect } from 'vitest';
import {
  byte,
  packet,
  pingreq,
  properties,
  property,
  publishBytes,
  text,
  u16,
  type PacketType,
} from '../support/bytes.ts';
import { readPublish } from '../support/publish-reader.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 5 });

const bodies: [type: PacketType, flags: number, parts: Buffer[]][] = [
  ['puback', 0, [u16(1)]],
  ['pubrec', 0, [u16(1)]],
  ['pubrel', 2, [u16(1)]],
  ['pubcomp', 0, [u16(1)]],
  ['subscribe', 2, [u16(1), properties(), text('t'), byte(0)]],
  ['unsubscribe', 2, [u16(1), properties(), text('t')]],
  ['pingreq', 0, []],
  ['disconnect', 0, []],
  ['auth', 0, []],
];

overTransports.each(bodies)(
  'closes on %s with any flag bits but its own, with DISCONNECT 0x81 [MQTT-2.1.3-1]',
  async ({ connect }, type, usual, parts) => {
    for (const flags of [0, 1, 2, 4, 8, 15].filter((candidate) => candidate !== usual)) {
      const client = await connect();
      client.send(packet(type, parts, flags), pingreq);
      await client.disconnectedWith(0x81);
    }
  },
);

overTransports(
  'sends every packet with the flag bits of its type [MQTT-2.1.3-1]',
  async ({ connect, topic }) => {
    const client = await connect();
    await client.subscribe(topic(), 2);
    client.send(publishBytes({ topic: topic(), qos: 1, packetId: 11, properties: [] }));
    await client.take('puback');
    client.send(publishBytes({ topic: topic(), qos: 2, packetId: 12, properties: [] }));
    await client.take('pubrec');
    client.send(packet('pubrel', [u16(12)]));
    await client.take('pubcomp');
    await client.receive();
    await client.receive();
    await client.unsubscribe(topic());
    client.send(pingreq);
    await client.take('pingresp');
    client.send(packet('subscribe', [u16(13)]));
    await client.disconnectedWith(0x81);
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
        ['disconnect', 0xe0],
      ]),
    );
  },
);

overTransports('sends PUBLISH at QoS 0 without a packet id [MQTT-2.2.1-2]', async ({ connect, topic }) => {
  const client = await connect();
  await client.subscribe(topic(), 2);
  client.send(publishBytes({ topic: topic(), payload: 'payload', properties: [] }));
  const { raw } = await client.nextRaw('publish');
  expect(raw).toEqual(publishBytes({ topic: topic(), payload: 'payload', properties: [] }));
});

overTransports(
  'closes on packet id 0 in SUBSCRIBE, UNSUBSCRIBE and PUBLISH above QoS 0 [MQTT-2.2.1-3]',
  async ({ connect, topic }) => {
    const packets = [
      packet('subscribe', [u16(0), properties(), text(topic()), byte(0)]),
      packet('unsubscribe', [u16(0), properties(), text(topic())]),
      publishBytes({ topic: topic(), qos: 1, packetId: 0, properties: [] }),
      publishBytes({ topic: topic(), qos: 2, packetId: 0, properties: [] }),
    ];
    for (const bytes of packets) {
      const client = await connect();
      client.send(bytes, pingreq);
      await client.disconnectedWith(0x82, 0x81);
    }
  },
);

overTransports(
  'gives each unacknowledged PUBLISH a packet id of its own, never 0 [MQTT-2.2.1-4]',
  async ({ connect, topic }) => {
    for (const sessionExpiryInterval of [0, 300]) {
      const subscriber = await connect({ properties: { sessionExpiryInterval } });
      const publisher = await connect();
      const below = `${sessionExpiryInterval}`;
      await subscriber.subscribe(topic(`${below}/#`), 2);
      for (let n = 0; n < 6; n++) await publisher.publish(topic(`${below}/${n}`), 'x', n % 2 === 0 ? 1 : 2);
      const ids = new Set<number>();
      for (let n = 0; n < 6; n++) ids.add((await subscriber.expect('publish')).messageId ?? 0);
      expect(ids.size).toBe(6);
      expect(ids).not.toContain(0);
    }
  },
);

overTransports(
  'answers PUBLISH and PUBREL under their packet id, whichever it is [MQTT-2.2.1-5]',
  async ({ connect, topic }) => {
    const client = await connect();
    await client.subscribe(topic(), 2);
    for (const messageId of [1, 256, 65_535]) {
      client.send(publishBytes({ topic: topic(), qos: 1, packetId: messageId, properties: [] }));
      expect((await client.take('puback')).messageId).toBe(messageId);
      client.send(publishBytes({ topic: topic(), qos: 2, packetId: messageId, properties: [] }));
      expect((await client.take('pubrec')).messageId).toBe(messageId);
      client.send(packet('pubrel', [u16(messageId)]));
      expect((await client.take('pubcomp')).messageId).toBe(messageId);
    }
    const delivered = await client.take('publish', ({ qos }) => qos === 2);
    client.send({ cmd: 'pubrec', messageId: delivered.messageId ?? 0 });
    expect((await client.take('pubrel')).messageId).toBe(delivered.messageId);
  },
);

overTransports(
  'answers SUBSCRIBE and UNSUBSCRIBE under their packet id, whichever it is [MQTT-2.2.1-6]',
  async ({ connect, topic }) => {
    const client = await connect();
    for (const packetId of [1, 256, 65_535]) {
      client.send(packet('subscribe', [u16(packetId), properties(), text(topic()), byte(1)]));
      expect((await client.expect('suback')).messageId).toBe(packetId);
      client.send(packet('unsubscribe', [u16(packetId), properties(), text(topic())]));
      expect((await client.expect('unsuback')).messageId).toBe(packetId);
    }
  },
);

overTransports(
  'says by a property length of 0 that there are no properties [MQTT-2.2.2-1]',
  async ({ connect, topic }) => {
    const client = await connect();
    client.send(packet('subscribe', [u16(7), properties(), text(topic()), byte(1)]));
    expect((await client.nextRaw('suback')).raw).toEqual(packet('suback', [u16(7), byte(0, 1)]));
    client.send(publishBytes({ topic: topic(), properties: [] }));
    const { raw } = await client.nextRaw('publish');
    expect(readPublish(raw).properties).toEqual([]);
    client.send(packet('unsubscribe', [u16(8), properties(), text(topic())]));
    expect((await client.nextRaw('unsuback')).raw).toEqual(packet('unsuback', [u16(8), byte(0, 0)]));
  },
);

overTransports(
  'closes where the property length is left out and something must follow [MQTT-2.2.2-1]',
  async ({ connect, topic }) => {
    const client = await connect();
    client.send(packet('unsubscribe', [u16(8), text(topic())]), pingreq);
    await client.disconnectedWith(0x81);
  },
);

overTransports.each([
  ['an unknown property', Buffer.from([0x7f, 0]), 0x81],
  ['a property of another packet', property('sessionExpiry', Buffer.alloc(4)), 0x81],
  [
    'a property twice',
    Buffer.concat([property('payloadFormat', byte(0)), property('payloadFormat', byte(0))]),
    0x82,
  ],
  ['a property cut off', Buffer.from([0x02, 0, 0]), 0x81],
] as const)('closes on PUBLISH with %s [MQTT-4.13.1-1]', async ({ connect, topic }, _, bad, code) => {
  const client = await connect();
  client.send(publishBytes({ topic: topic(), properties: [bad] }), pingreq);
  await client.disconnectedWith(code, 0x81, 0x82);
});
