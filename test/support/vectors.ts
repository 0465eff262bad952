import type { CloseReason } from '@tributary/protocol';
import { bytesOf, connectPacket, publishPacket, type Version } from './raw-mqtt.ts';

/** Bytes that must end their connection, and how. */
export interface BadBytes {
  name: string;
  version: Version;
  bytes: Uint8Array;
  /** Rows of the close-reason table; several where the specification leaves a choice. */
  reasons: readonly CloseReason[];
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** A packet around a body: first byte, Remaining Length, body. */
function packet(first: number, body: Buffer): Buffer {
  const length: number[] = [];
  let rest = body.length;
  do {
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>= 7;
  } while (rest > 0);
  return Buffer.concat([Buffer.from([first, ...length]), body]);
}

const text = (value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
};
const publish5 = (topic: string | Buffer, properties: Buffer = Buffer.alloc(0), flags = 0): Buffer =>
  packet(0x30 | flags, Buffer.concat([text(topic), Buffer.from([properties.length]), properties]));
const publish4 = (topic: string | Buffer, flags = 0): Buffer => packet(0x30 | flags, text(topic));

const both = (
  name: string,
  reasons: CloseReason | CloseReason[],
  bytes: (version: Version) => Uint8Array,
): BadBytes[] =>
  ([4, 5] as const).map((version) => ({ name, version, bytes: bytes(version), reasons: [reasons].flat() }));
const only5 = (name: string, reasons: CloseReason | CloseReason[], bytes: Uint8Array): BadBytes[] => [
  { name, version: 5, bytes, reasons: [reasons].flat() },
];

/** Sent on a connection that was accepted. */
export const badPackets: BadBytes[] = [
  ...both('packet type 0 [MQTT-2.1.2]', 'malformed', () => hex('00 00')),
  ...both('reserved flag bits of PINGREQ [MQTT-2.1.3-1]', 'malformed', () => hex('c1 00')),
  ...both('reserved flag bits of PUBREL [MQTT-3.6.1-1]', 'malformed', () => hex('60 02 00 01')),
  ...both('reserved flag bits of SUBSCRIBE [MQTT-3.8.1-1]', 'malformed', (v) => {
    const bytes = bytesOf({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos: 0 }] }, v);
    bytes[0] = 0x80;
    return bytes;
  }),
  ...both('a Remaining Length of five bytes [MQTT-1.5.5-1]', 'malformed', () => hex('30 ff ff ff ff 01')),
  ...both('a packet of 2 MiB, at its header', 'too-large', () => hex('30 80 80 80 01')),
  ...both('the largest Remaining Length there is, at its header', 'too-large', () => hex('32 ff ff ff 7f')),
  ...both('QoS 3 [MQTT-3.3.1-4]', 'malformed', (v) =>
    v === 5 ? publish5('t', undefined, 6) : publish4('t', 6),
  ),
  ...both('DUP at QoS 0 [MQTT-3.3.1-2]', ['malformed', 'protocol-error'], (v) =>
    v === 5 ? publish5('t', undefined, 8) : publish4('t', 8),
  ),
  ...both('packet id 0 of a PUBLISH [MQTT-2.2.1-3]', ['protocol-error', 'malformed'], (v) =>
    packet(0x32, Buffer.concat([text('t'), hex(v === 5 ? '0000 00' : '0000')])),
  ),
  ...both('packet id 0 of a SUBSCRIBE [MQTT-2.2.1-3]', ['protocol-error', 'malformed'], (v) =>
    packet(0x82, Buffer.concat([hex(v === 5 ? '0000 00' : '0000'), text('a'), hex('00')])),
  ),
  ...both('packet id 0 of a PUBREL', ['protocol-error', 'malformed'], () => hex('62 02 00 00')),
  ...both('# in a topic name [MQTT-3.3.2-2]', ['topic-name-invalid'], (v) =>
    v === 5 ? publish5('a/#') : publish4('a/#'),
  ),
  ...both('+ in a topic name [MQTT-3.3.2-2]', ['topic-name-invalid'], (v) =>
    v === 5 ? publish5('a+b') : publish4('a+b'),
  ),
  ...both('U+0000 in a topic name [MQTT-1.5.4-2]', 'malformed', (v) =>
    v === 5 ? publish5('a\0b') : publish4('a\0b'),
  ),
  ...both('a topic name that is no UTF-8 [MQTT-1.5.4-1]', 'malformed', (v) =>
    v === 5 ? publish5(hex('61 c3 28')) : publish4(hex('61 c3 28')),
  ),
  ...both('a surrogate in a topic name [MQTT-1.5.4-1]', 'malformed', (v) =>
    v === 5 ? publish5(hex('ed a0 80')) : publish4(hex('ed a0 80')),
  ),
  ...both('an empty topic name [MQTT-4.7.3-1]', ['protocol-error', 'malformed', 'topic-name-invalid'], (v) =>
    v === 5 ? publish5('') : publish4(''),
  ),
  ...both('a topic name above its limit', 'topic-name-invalid', (v) =>
    bytesOf(publishPacket('x'.repeat(1025), 'p'), v),
  ),
  ...both('a topic name of too many levels', 'topic-name-invalid', (v) =>
    bytesOf(publishPacket('/'.repeat(32), 'p'), v),
  ),
  ...both('a topic name longer than its packet', 'malformed', () => hex('30 04 00 ff 61 62')),
  ...both('a PUBLISH that ends in its packet id', 'malformed', () => hex('32 04 00 01 61 00')),
  ...both('a PUBACK without packet id', 'malformed', () => hex('40 00')),
  ...both('a SUBSCRIBE without a filter [MQTT-3.8.3-2]', ['protocol-error', 'malformed'], (v) =>
    packet(0x82, hex(v === 5 ? '0001 00' : '0001')),
  ),
  ...both('a SUBSCRIBE whose filter runs past its end', 'malformed', (v) =>
    packet(0x82, hex(v === 5 ? '0001 00 00ff 61' : '0001 00ff 61')),
  ),
  ...both('reserved bits of subscription options [MQTT-3.8.3-5]', ['malformed', 'protocol-error'], (v) =>
    packet(0x82, Buffer.concat([hex(v === 5 ? '0001 00' : '0001'), text('a'), hex('c0')])),
  ),
  ...both('a subscription at QoS 3', ['malformed', 'protocol-error'], (v) =>
    packet(0x82, Buffer.concat([hex(v === 5 ? '0001 00' : '0001'), text('a'), hex('03')])),
  ),
  ...both('PINGREQ with a body', 'malformed', () => hex('c0 01 00')),
  ...both('a second CONNECT [MQTT-3.1.0-2]', 'protocol-error', (v) => bytesOf(connectPacket('again', v), v)),
  ...both('CONNACK from a device', ['protocol-error', 'malformed'], (v) =>
    hex(v === 5 ? '20 03 00 00 00' : '20 02 00 00'),
  ),
  ...both('SUBACK from a device', ['protocol-error', 'malformed'], (v) =>
    hex(v === 5 ? '90 04 00 01 00 00' : '90 03 00 01 00'),
  ),
  ...both('PINGRESP from a device', ['protocol-error', 'malformed'], () => hex('d0 00')),
  {
    name: 'AUTH, which 3.1.1 does not know',
    version: 4,
    bytes: hex('f0 00'),
    reasons: ['malformed', 'protocol-error'],
  },
  {
    name: 'DISCONNECT with a body [MQTT-3.14.1-1]',
    version: 4,
    bytes: hex('e0 01 00'),
    reasons: ['malformed'],
  },
  ...only5('AUTH without a method agreed [MQTT-4.12.0-1]', ['protocol-error', 'auth-method'], hex('f0 00')),
  ...only5('a property that is unknown', 'malformed', publish5('t', hex('7f 00'))),
  ...only5(
    'a property of another packet',
    ['malformed', 'protocol-error'],
    publish5('t', hex('11 00000001')),
  ),
  ...only5('a property that comes twice', 'protocol-error', publish5('t', hex('01 00 01 01'))),
  ...only5(
    'a payload format that is neither 0 nor 1',
    ['protocol-error', 'malformed'],
    publish5('t', hex('01 02')),
  ),
  ...only5('a property cut short', 'malformed', publish5('t', hex('02 0000'))),
  ...only5(
    'properties that run past the packet',
    'malformed',
    packet(0x30, Buffer.concat([text('t'), hex('7f 01')])),
  ),
  ...only5(
    'a subscription identifier from a device [MQTT-3.3.4-6]',
    ['protocol-error', 'malformed'],
    publish5('t', hex('0b 01')),
  ),
  ...only5('a user property that is no UTF-8', 'malformed', publish5('t', hex('26 0001 ff 0001 61'))),
  ...only5(
    'a wildcard in a response topic [MQTT-3.3.2-14]',
    ['protocol-error', 'topic-name-invalid'],
    publish5('t', hex('08 0001 23')),
  ),
  ...only5('topic alias 0 [MQTT-3.3.2-8]', 'topic-alias-invalid', publish5('t', hex('23 0000'))),
  ...only5(
    'a topic alias above the maximum [MQTT-3.3.2-9]',
    'topic-alias-invalid',
    publish5('t', hex('23 0011')),
  ),
  ...only5(
    'a topic alias that was never set',
    ['topic-alias-invalid', 'protocol-error'],
    publish5('', hex('23 0003')),
  ),
  ...only5(
    'a session expiry in DISCONNECT after none in CONNECT [MQTT-3.14.2.2.2]',
    'protocol-error',
    bytesOf({ cmd: 'disconnect', reasonCode: 0, properties: { sessionExpiryInterval: 60 } }, 5),
  ),
];

/** A CONNECT of raw parts: name, level, flags, keep-alive and what follows. */
const connect = (name: string, level: number, flags: number, rest: Buffer): Buffer =>
  packet(0x10, Buffer.concat([text(name), Buffer.from([level, flags]), hex('003c'), rest]));
const withId = Buffer.concat([text('bad')]);
const withId5 = Buffer.concat([hex('00'), text('bad')]);

/** A CONNECT of the protocol MQTT at any level, with the client id `bad`. */
export const connectAtLevel = (level: number): Buffer =>
  connect('MQTT', level, 0x02, level < 5 ? withId : withId5);

/** Sent as the first bytes of a connection. Where MQTT 5 was spoken, a CONNACK with the reason code may come first. */
export const badConnects: BadBytes[] = [
  ...both('reserved flag bits of CONNECT', 'malformed', (v) => {
    const bytes = bytesOf(connectPacket('bad', v), v);
    bytes[0] = 0x11;
    return bytes;
  }),
  ...both('a reserved CONNECT flag [MQTT-3.1.2-3]', 'malformed', (v) =>
    connect('MQTT', v, 0x03, v === 5 ? withId5 : withId),
  ),
  ...both('a will at QoS 3 [MQTT-3.1.2-12]', 'malformed', (v) =>
    connect(
      'MQTT',
      v,
      0x1e,
      Buffer.concat(v === 5 ? [withId5, hex('00'), text('w'), text('p')] : [withId, text('w'), text('p')]),
    ),
  ),
  ...both('a will QoS without a will [MQTT-3.1.2-11]', 'malformed', (v) =>
    connect('MQTT', v, 0x0a, v === 5 ? withId5 : withId),
  ),
  ...both('a client id longer than its packet', 'malformed', (v) =>
    connect('MQTT', v, 0x02, hex(v === 5 ? '00 00ff 61' : '00ff 61')),
  ),
  ...both('a client id with U+0000 [MQTT-1.5.4-2]', ['malformed', 'bad-client-id'], (v) =>
    connect('MQTT', v, 0x02, Buffer.concat([v === 5 ? hex('00') : hex(''), text('a\0b')])),
  ),
  ...both('a client id that is no UTF-8 [MQTT-1.5.4-1]', ['malformed', 'bad-client-id'], (v) =>
    connect('MQTT', v, 0x02, Buffer.concat([v === 5 ? hex('00') : hex(''), text(hex('ff fe'))])),
  ),
  ...both('a client id above its limit', 'bad-client-id', (v) =>
    bytesOf(connectPacket('x'.repeat(257), v), v),
  ),
  ...both('a CONNECT of 2 MiB, at its header', 'too-large', () => hex('10 80 80 80 01')),
  {
    name: 'a password without a user name [MQTT-3.1.2-22]',
    version: 4,
    bytes: connect('MQTT', 4, 0x42, Buffer.concat([withId, text('p')])),
    reasons: ['malformed'],
  },
  {
    name: 'another protocol name',
    version: 4,
    bytes: connect('MQTX', 4, 0x02, withId),
    reasons: ['unsupported-version', 'malformed'],
  },
  {
    name: 'protocol level 6',
    version: 5,
    bytes: connect('MQTT', 6, 0x02, withId5),
    reasons: ['unsupported-version'],
  },
  {
    name: 'protocol level 3 under the name MQTT',
    version: 4,
    bytes: connect('MQTT', 3, 0x02, withId),
    reasons: ['unsupported-version', 'malformed'],
  },
  ...only5(
    'Receive Maximum 0',
    'protocol-error',
    connect('MQTT', 5, 0x02, Buffer.concat([hex('03 21 0000'), text('bad')])),
  ),
  ...only5(
    'a property that comes twice',
    'protocol-error',
    connect('MQTT', 5, 0x02, Buffer.concat([hex('06 21 0001 21 0001'), text('bad')])),
  ),
  ...only5(
    'an authentication method nobody offers',
    ['auth-method'],
    connect('MQTT', 5, 0x02, Buffer.concat([hex('04 15 0001 78'), text('bad')])),
  ),
];

/** First bytes that are no CONNECT: nothing may be answered, because nobody knows what the peer speaks. */
export const badBeginnings: BadBytes[] = [
  {
    name: 'PINGREQ before CONNECT [MQTT-3.1.0-1]',
    version: 4,
    bytes: hex('c0 00'),
    reasons: ['protocol-error', 'malformed'],
  },
  {
    name: 'PUBLISH before CONNECT [MQTT-3.1.0-1]',
    version: 4,
    bytes: publish4('t'),
    reasons: ['protocol-error', 'malformed'],
  },
  {
    name: 'an HTTP request',
    version: 4,
    bytes: Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    reasons: ['malformed', 'protocol-error', 'too-large'],
  },
  {
    name: 'a TLS ClientHello',
    version: 4,
    bytes: hex('16 03 01 02 00 01 00 01 fc 03 03'),
    reasons: ['malformed', 'protocol-error', 'unsupported-version', 'too-large'],
  },
  { name: 'zeros', version: 4, bytes: Buffer.alloc(64), reasons: ['malformed', 'protocol-error'] },
];
