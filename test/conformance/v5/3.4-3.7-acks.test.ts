import { expect } from 'vitest';
import { byte, packet, properties, property, publishBytes, text, u16 } from '../support/bytes.ts';
import type { Client } from '../support/client.ts';
import { messagesBefore } from '../support/marker.ts';
import { useServer, type Scene } from '../support/server.ts';
import { sessionKinds } from '../support/sessions.ts';

const { overTransports } = useServer({ version: 5 });

type AckType = 'puback' | 'pubrec' | 'pubrel' | 'pubcomp';

/** An acknowledgement in any of its forms: without a code, with one, with properties. */
const ack = (type: AckType, packetId: number, code?: number, ...parts: Buffer[]): Buffer =>
  packet(type, [
    u16(packetId),
    ...(code === undefined ? [] : [byte(code)]),
    ...(parts.length === 0 ? [] : [properties(...parts)]),
  ]);

const reason = property('reasonString', text('because ä'));
const user = property('userProperty', Buffer.concat([text('key'), text('value')]));

/** Codes PUBACK and PUBREC have in common. */
const receiptCodes = [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];

/** A subscriber with one message of this QoS unanswered, and room for no other. */
async function withOneInFlight({ connect, topic }: Scene, qos: 1 | 2, sessionExpiryInterval = 0) {
  const subscriber = await connect({ properties: { receiveMaximum: 1, sessionExpiryInterval } });
  await subscriber.subscribe(topic(), qos);
  const publisher = await connect();
  await publisher.publish(topic(), 'first', qos);
  await publisher.publish(topic(), 'second', qos);
  const { messageId = 0 } = await subscriber.expect('publish');
  await subscriber.nothingMore();
  return { subscriber, messageId };
}

/** The next message came, which only an answer to the first allows. */
async function expectSecond(subscriber: Client): Promise<void> {
  expect(String((await subscriber.expect('publish')).payload)).toBe('second');
}

const receipts = receiptCodes.flatMap((code) =>
  sessionKinds.map(([what, expiry]): [string, string, number, number] => [
    `0x${code.toString(16)}`,
    what,
    code,
    expiry,
  ]),
);

overTransports.each(receipts)(
  'takes PUBACK with code %s for the end of a QoS 1 delivery of %s [MQTT-3.4.2-1]',
  async (scene, _, __, code, expiry) => {
    const { subscriber, messageId } = await withOneInFlight(scene, 1, expiry);
    subscriber.send(ack('puback', messageId, code));
    await expectSecond(subscriber);
  },
);

overTransports.each(receipts)(
  'answers PUBREC with code %s of %s by PUBREL below 0x80, and ends the delivery above [MQTT-3.5.2-1]',
  async (scene, _, __, code, expiry) => {
    const { subscriber, messageId } = await withOneInFlight(scene, 2, expiry);
    subscriber.send(ack('pubrec', messageId, code));
    if (code < 0x80) {
      expect(await subscriber.expect('pubrel')).toMatchObject({ messageId, reasonCode: 0 });
      await subscriber.nothingMore();
      subscriber.send(ack('pubcomp', messageId));
    }
    await expectSecond(subscriber);
  },
);

const forms: [form: string, rest: [code?: number, ...parts: Buffer[]]][] = [
  ['without a code', []],
  ['with a code', [0]],
  ['with an empty list of properties', [0, Buffer.alloc(0)]],
  ['with a reason string', [0, reason]],
  ['with user properties', [0, user, user]],
];

overTransports.each(forms)(
  'takes acknowledgements %s [MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1]',
  async (scene, _, rest) => {
    const one = await withOneInFlight(scene, 1);
    one.subscriber.send(ack('puback', one.messageId, ...rest));
    await expectSecond(one.subscriber);

    const two = await withOneInFlight({ ...scene, topic: () => scene.topic('two') }, 2);
    two.subscriber.send(ack('pubrec', two.messageId, ...rest));
    await two.subscriber.expect('pubrel');
    two.subscriber.send(ack('pubcomp', two.messageId, ...rest));
    await expectSecond(two.subscriber);

    const publisher = await scene.connect();
    publisher.send(publishBytes({ topic: scene.topic(), qos: 2, packetId: 9, properties: [] }));
    await publisher.expect('pubrec');
    publisher.send(ack('pubrel', 9, ...rest));
    expect(await publisher.expect('pubcomp')).toMatchObject({ messageId: 9, reasonCode: 0 });
  },
);

overTransports(
  'PUBREL with 0x92 is a PUBREL, and PUBCOMP with 0x92 a PUBCOMP [MQTT-3.6.2-1] [MQTT-3.7.2-1]',
  async (scene) => {
    const { subscriber, messageId } = await withOneInFlight(scene, 2);
    subscriber.send(ack('pubrec', messageId));
    await subscriber.expect('pubrel');
    subscriber.send(ack('pubcomp', messageId, 0x92));
    await expectSecond(subscriber);
    subscriber.send(ack('pubrel', 77, 0x92));
    expect(await subscriber.expect('pubcomp')).toMatchObject({ messageId: 77, reasonCode: 0x92 });
  },
);

const wrongCodes: [type: AckType, code: number][] = [
  ['puback', 0x01],
  ['puback', 0x92],
  ['puback', 0xff],
  ['pubrec', 0x02],
  ['pubrec', 0x92],
  ['pubrel', 0x10],
  ['pubrel', 0x80],
  ['pubcomp', 0x10],
  ['pubcomp', 0x87],
];

overTransports.each(wrongCodes)(
  'refuses %s with code %s, which it cannot have [MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1]',
  async ({ connect }, type, code) => {
    const client = await connect();
    client.send(ack(type, 1, code));
    await client.disconnectedWith(0x81, 0x82);
  },
);

overTransports.each([[0], [1], [3], [6], [10]] as [flags: number][])(
  'refuses PUBREL with flags %s as malformed [MQTT-3.6.1-1]',
  async ({ connect }, flags) => {
    const client = await connect();
    client.send(packet('pubrel', [u16(1)], flags));
    await client.disconnectedWith(0x81);
  },
);

overTransports('sends PUBREL with flags 0010 [MQTT-3.6.1-1]', async (scene) => {
  const { subscriber, messageId } = await withOneInFlight(scene, 2);
  subscriber.send(ack('pubrec', messageId));
  const { raw } = await subscriber.nextRaw('pubrel');
  expect(raw[0]).toBe(0x62);
});

const types: [type: AckType][] = [['puback'], ['pubrec'], ['pubrel'], ['pubcomp']];

overTransports.each(types)(
  'refuses %s with packet id 0, a property twice, a foreign property, bytes left over [MQTT-4.13.1-1]',
  async ({ connect }, type) => {
    const foreign = property('receiveMaximum', u16(1));
    const broken: [Buffer, ...number[]][] = [
      [ack(type, 0), 0x82],
      [ack(type, 1, 0, reason, reason), 0x82],
      [ack(type, 1, 0, foreign), 0x81, 0x82],
      [packet(type, [u16(1), byte(0, 0, 0)]), 0x81],
      [packet(type, [byte(1)]), 0x81],
      [packet(type, [u16(1), byte(0, 9)]), 0x81],
    ];
    for (const [bytes, ...codes] of broken) {
      const client = await connect();
      client.send(bytes);
      await client.disconnectedWith(...codes);
    }
  },
);

overTransports(
  'answers PUBREL of an unknown packet id by PUBCOMP 0x92 [MQTT-3.7.2-1]',
  async ({ connect }) => {
    const client = await connect();
    client.send(ack('pubrel', 4711));
    expect(await client.expect('pubcomp')).toMatchObject({ messageId: 4711, reasonCode: 0x92 });
    await client.nothingMore();
  },
);

overTransports(
  'answers PUBREC of an unknown packet id by PUBREL 0x92 [MQTT-3.6.2-1]',
  async ({ connect }) => {
    const client = await connect();
    client.send(ack('pubrec', 4711));
    expect(await client.expect('pubrel')).toMatchObject({ messageId: 4711, reasonCode: 0x92 });
    client.send(ack('pubcomp', 4711, 0x92));
    await client.nothingMore();
  },
);

overTransports(
  'takes no harm from PUBACK and PUBCOMP of unknown packet ids [MQTT-3.4.2-1] [MQTT-3.7.2-1]',
  async ({ connect, topic }) => {
    const client = await connect();
    client.send(ack('puback', 4711), ack('pubcomp', 4711), ack('puback', 4712, 0x80));
    await client.nothingMore();
    await client.subscribe(topic(), 1);
    expect(await messagesBefore(client, await connect(), topic(), 1)).toEqual([]);
  },
);

overTransports(
  'answers QoS 1 and 2 with codes of PUBACK and PUBREC, matched or not [MQTT-3.4.2-1] [MQTT-3.5.2-1]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    await subscriber.subscribe(topic('matched'));
    const client = await connect();
    for (const [packetId, rest] of ['matched', 'unmatched'].entries()) {
      const parts = { topic: topic(rest), packetId: packetId + 1, properties: [] };
      const success = rest === 'matched' ? [0] : [0, 0x10];
      client.send(publishBytes({ ...parts, qos: 1 }));
      expect(success).toContain((await client.expect('puback')).reasonCode);
      client.send(publishBytes({ ...parts, qos: 2 }));
      expect(success).toContain((await client.expect('pubrec')).reasonCode);
      client.send(ack('pubrel', packetId + 1));
      expect((await client.expect('pubcomp')).reasonCode).toBe(0);
    }
  },
);
