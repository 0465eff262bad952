import { decode, encodeAck, encodeControl, encodePublish, PacketType } from '@tributary/protocol';
import * as mqttPacket from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import { describeDeviceFrame, describeGatewayFrame } from './describe-frame.ts';
import { describeIn } from './describe-in.ts';
import { describeOut } from './describe-out.ts';
import type { Description } from './description.ts';

const limits = { maxPacketBytes: 1e6, maxTopicBytes: 65_535, maxTopicLevels: 128 };

function said(packet: mqttPacket.Packet, version: 4 | 5 = 5): Description {
  const bytes = mqttPacket.generate(packet, { protocolVersion: version });
  return describeIn(decode(bytes, 0, bytes.length, version, limits)!, bytes.length).told;
}
const told = (frame: Uint8Array, version: 4 | 5 = 5): Description => describeOut(frame, version).told;

describe('what a device says', () => {
  const publish = { cmd: 'publish', topic: 'a/b', payload: 'xyz', qos: 2, messageId: 9 } as const;

  test('is a message with its flags and sizes', () => {
    expect(said({ ...publish, dup: true, retain: true })).toEqual({
      ...{ type: 'PUBLISH', topic: 'a/b', qos: 2, packetId: 9, bytes: 13, payloadBytes: 3 },
      detail: 'dup retain',
    });
  });

  test('is a message without a topic where an alias stands for it', () => {
    const packet = { ...publish, topic: '', dup: false, retain: false, properties: { topicAlias: 3 } };
    const bytes = mqttPacket.generate(packet, { protocolVersion: 5 });
    const described = describeIn(decode(bytes, 0, bytes.length, 5, limits)!, bytes.length);
    expect(described).toMatchObject({ alias: 3, told: { topic: undefined, detail: 'alias 3' } });
    expect(Buffer.from(described.payload!).toString()).toBe('xyz');
  });

  test('is shortened where it is long', () => {
    const { topic } = said({ ...publish, topic: 'x'.repeat(60_000), dup: false, retain: false });
    expect(topic).toBe(`${'x'.repeat(255)}…`);
  });

  test.each<[mqttPacket.Packet, Partial<Description>]>([
    [{ cmd: 'pingreq' }, { type: 'PINGREQ' }],
    [
      { cmd: 'puback', messageId: 4 },
      { type: 'PUBACK', packetId: 4, reasonCode: 0 },
    ],
    [
      { cmd: 'disconnect', reasonCode: 4 },
      { type: 'DISCONNECT', reasonCode: 4 },
    ],
    [
      {
        cmd: 'subscribe',
        messageId: 5,
        subscriptions: [
          { topic: 'a/#', qos: 1 },
          { topic: 'b', qos: 0 },
        ],
      },
      { type: 'SUBSCRIBE', packetId: 5, detail: 'a/# (QoS 1), b (QoS 0)' },
    ],
    [
      { cmd: 'unsubscribe', messageId: 6, unsubscriptions: ['a', 'b'] },
      { type: 'UNSUBSCRIBE', packetId: 6, detail: 'a, b' },
    ],
  ])('%j', (packet, expected) => expect(said(packet)).toMatchObject(expected));
});

describe('what a device is told', () => {
  test.each<[string, Uint8Array, Partial<Description>]>([
    [
      'CONNACK',
      encodeControl({ cmd: 'connack', sessionPresent: true, reasonCode: 0x8a }, 5),
      { type: 'CONNACK', reasonCode: 0x8a, detail: 'session present' },
    ],
    [
      'a refusal in words',
      encodeAck(PacketType.PUBACK, 7, 0x97, 5, { reasonString: 'no room' }),
      { type: 'PUBACK', packetId: 7, reasonCode: 0x97 },
    ],
    [
      'SUBACK with properties of more than 127 bytes',
      encodeControl(
        { cmd: 'suback', messageId: 8, granted: [1, 0x87], properties: { reasonString: 'x'.repeat(200) } },
        5,
      ),
      { type: 'SUBACK', packetId: 8, detail: '0x01 0x87' },
    ],
    [
      'DISCONNECT',
      encodeControl({ cmd: 'disconnect', reasonCode: 0x98 }, 5),
      { type: 'DISCONNECT', reasonCode: 0x98 },
    ],
    ['PINGRESP', Buffer.from([0xd0, 0]), { type: 'PINGRESP', bytes: 2 }],
    ['PUBREL', encodeAck(PacketType.PUBREL, 9, 0, 5), { type: 'PUBREL', packetId: 9, reasonCode: 0 }],
  ])('%s', (_name, frame, expected) => expect(told(frame)).toMatchObject(expected));

  test('SUBACK of 3.1.1 has no properties', () => {
    const frame = encodeControl({ cmd: 'suback', messageId: 8, granted: [1, 0x80] }, 4);
    expect(told(frame, 4)).toMatchObject({ packetId: 8, detail: '0x01 0x80' });
  });

  test('a message, large or small, of either version', () => {
    for (const version of [4, 5] as const) {
      for (const size of [0, 3, 70_000]) {
        const payload = Buffer.alloc(size, 'x');
        const message = { topic: 'a/b', payload, qos: 1, dup: false, retain: false, packetId: 9 } as const;
        const described = describeOut(encodePublish(message, version), version);
        expect(described.told).toMatchObject({
          type: 'PUBLISH',
          topic: 'a/b',
          packetId: 9,
          payloadBytes: size,
        });
        expect(Buffer.from(described.payload!).equals(payload)).toBe(true);
      }
    }
  });
});

describe('frames of plain devices', () => {
  test('say a message in either direction', () => {
    const published = {
      type: 'publish',
      id: 3,
      topic: 'a',
      payload: Buffer.from('xy'),
      retain: true,
    } as const;
    expect(describeDeviceFrame(published, 50).told).toEqual({
      ...{ type: 'PUBLISH', topic: 'a', qos: 1, packetId: 3, bytes: 50, payloadBytes: 2, detail: 'retain' },
    });
    const message = { type: 'message', topic: 'a', payload: '/w==', encoding: 'base64', dup: true } as const;
    const described = describeGatewayFrame(message, 60);
    expect(described.told).toMatchObject({ type: 'MESSAGE', qos: 0, payloadBytes: 1, detail: 'dup' });
    expect(described.payload).toEqual(Buffer.from([0xff]));
  });

  test('say what was refused and why', () => {
    const error = { type: 'error', id: 3, code: 'quota-exceeded', message: 'no room' } as const;
    expect(describeGatewayFrame(error, 60).told).toMatchObject({ packetId: 3, detail: 'quota-exceeded' });
    const bye = { type: 'bye', reason: 'kicked', retry: 'later' } as const;
    expect(describeGatewayFrame(bye, 60).told).toMatchObject({ type: 'BYE', detail: 'kicked' });
  });
});
