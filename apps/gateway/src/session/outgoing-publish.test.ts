import mqttPacket, { type IPublishPacket } from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import { deliveryOf, messageOf } from '../testing/messages.ts';
import { OutgoingAliases } from './outgoing-aliases.ts';
import { type Addressee, publishFor } from './outgoing-publish.ts';

const nowMs = 1_700_000_000_000;
const addressee = (differs: Partial<Addressee> = {}): Addressee => ({
  ...{ version: 5, maxPacketBytes: Infinity, aliases: undefined, now: nowMs },
  ...differs,
});

/** As another reader of MQTT sees it. */
function read(frame: Buffer | undefined, version: 4 | 5 = 5): IPublishPacket {
  const packets: IPublishPacket[] = [];
  const parser = mqttPacket.parser({ protocolVersion: version });
  parser.on('packet', (packet) => packets.push(packet as IPublishPacket));
  parser.parse(frame!);
  expect(packets).toHaveLength(1);
  return packets[0]!;
}

const full = messageOf({
  ...{ topic: 'a/ä', qos: 2, payload: Buffer.from([0, 255]), contentType: 'text/x' },
  props: {
    ...{
      payloadFormat: 1,
      responseTopic: 're/1',
      correlationData: Buffer.from([1, 0, 2]).toString('base64'),
    },
    user: [
      ['k', 'v'],
      ['k', ''],
    ],
  },
});

test('says all that was published beside the payload, and the subscription identifiers [MQTT-3.3.2-17]', () => {
  const delivery = {
    message: full,
    qos: 2,
    retain: true,
    identifiers: [3, 268_435_455],
    shared: undefined,
  } as const;
  expect(read(publishFor(addressee(), delivery, 7, true))).toMatchObject({
    ...{ topic: 'a/ä', qos: 2, retain: true, dup: true, messageId: 7, payload: Buffer.from([0, 255]) },
    properties: {
      ...{ payloadFormatIndicator: true, contentType: 'text/x', responseTopic: 're/1' },
      ...{ correlationData: Buffer.from([1, 0, 2]), userProperties: { k: ['v', ''] } },
      subscriptionIdentifier: [3, 268_435_455],
    },
  });
});

test('says to 3.1.1 what 3.1.1 has', () => {
  const delivery = { message: full, qos: 1, retain: false, identifiers: [3], shared: undefined } as const;
  const { topic, qos, messageId, payload, properties } = read(
    publishFor(addressee({ version: 4 }), delivery, 9, false),
    4,
  );
  expect({ topic, qos, messageId, payload, properties }).toEqual({
    ...{ topic: 'a/ä', qos: 1, messageId: 9, payload: Buffer.from([0, 255]), properties: undefined },
  });
});

test('has no packet id and no DUP at QoS 0 [MQTT-2.2.1-2] [MQTT-3.3.1-2]', () => {
  const packet = read(publishFor(addressee(), deliveryOf('x', { qos: 0 }), 0, true));
  expect([packet.messageId, packet.dup]).toEqual([undefined, false]);
});

test.each([
  [10_000, 10],
  [9001, 10],
  [9000, 9],
  [1, 1],
  [0, 1],
])('%i ms before its expiry a message has %i s left [MQTT-3.3.2-6]', (leftMs, seconds) => {
  const delivery = deliveryOf('x', {}, { expiresAt: nowMs + leftMs });
  const { properties } = read(publishFor(addressee(), delivery, 1, false));
  expect(properties?.messageExpiryInterval).toBe(seconds);
});

describe('a topic alias', () => {
  test('is set with the topic the first time, and stands for it from then on', () => {
    const to = addressee({ aliases: new OutgoingAliases(1) });
    const say = (topic: string): IPublishPacket =>
      read(publishFor(to, deliveryOf('x', {}, { topic }), 1, false));
    const first = say('a/b');
    expect([first.topic, first.properties?.topicAlias]).toEqual(['a/b', 1]);
    const again = say('a/b');
    expect([again.topic, again.properties?.topicAlias]).toEqual(['', 1]);
    const other = say('c');
    expect([other.topic, other.properties?.topicAlias]).toEqual(['c', undefined]);
  });

  test('is not taken for known when the packet that set it was not sent', () => {
    const aliases = new OutgoingAliases(1);
    const small = addressee({ aliases, maxPacketBytes: 30 });
    expect(publishFor(small, deliveryOf('x'.repeat(40)), 1, false)).toBeUndefined();
    const { topic, properties } = read(publishFor(small, deliveryOf('x'), 1, false));
    expect([topic, properties?.topicAlias]).toEqual(['a/b', 1]);
  });

  test('is left out where the packet fits without it alone', () => {
    const plain = publishFor(addressee(), deliveryOf('x'), 1, false)!;
    const to = addressee({ aliases: new OutgoingAliases(1), maxPacketBytes: plain.length });
    const { topic, properties } = read(publishFor(to, deliveryOf('x'), 1, false));
    expect([topic, properties?.topicAlias]).toEqual(['a/b', undefined]);
  });

  test('is none of 3.1.1', () => {
    const to = addressee({ version: 4, aliases: new OutgoingAliases(1) });
    for (let n = 0; n < 2; n++) expect(read(publishFor(to, deliveryOf('x'), 1, false), 4).topic).toBe('a/b');
  });
});

test.each([4, 5] as const)(
  'nothing is sent that is larger than the device takes, to the byte, version %i [MQTT-3.1.2-24]',
  (version) => {
    const { length } = publishFor(addressee({ version }), deliveryOf('x'), 1, false)!;
    const to = (maxPacketBytes: number): Addressee => addressee({ version, maxPacketBytes });
    expect(publishFor(to(length), deliveryOf('x'), 1, false)).toHaveLength(length);
    expect(publishFor(to(length - 1), deliveryOf('x'), 1, false)).toBeUndefined();
  },
);
