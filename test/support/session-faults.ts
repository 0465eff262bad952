import type { CloseReason } from '@tributary/protocol';
import { malformedVectors } from '@tributary/protocol/vectors';
import { bytesOf, connectPacket, type Version } from './raw-mqtt.ts';

/** Bytes that must end their connection, and why. */
export interface BadBytes {
  name: string;
  version: Version;
  bytes: Uint8Array;
  code: CloseReason;
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const isConnect = ({ bytes }: BadBytes): boolean => (bytes[0] ?? 0) >> 4 === 1;
const row = (version: Version, name: string, code: CloseReason, bytes: Uint8Array): BadBytes => ({
  name,
  version,
  bytes,
  code,
});

/** What the codec cannot know, because it depends on what was said before. */
const outOfPlace: BadBytes[] = [
  row(4, 'a second CONNECT [MQTT-3.1.0-2]', 'protocol-error', bytesOf(connectPacket('again', 4), 4)),
  row(5, 'a second CONNECT [MQTT-3.1.0-2]', 'protocol-error', bytesOf(connectPacket('again', 5), 5)),
  row(5, 'AUTH without a method agreed [MQTT-4.12.0-1]', 'protocol-error', hex('f0 00')),
  row(
    5,
    'a topic alias above the maximum [MQTT-3.3.2-9]',
    'topic-alias-invalid',
    hex('30 07 0001 74 03 23 0011'),
  ),
  row(5, 'a topic alias that was never set', 'topic-alias-invalid', hex('30 06 0000 03 23 0003')),
  row(
    5,
    'a session expiry in DISCONNECT after none in CONNECT [MQTT-3.14.2-2]',
    'protocol-error',
    bytesOf({ cmd: 'disconnect', reasonCode: 0, properties: { sessionExpiryInterval: 60 } }, 5),
  ),
];

/** Sent on a connection that was accepted. */
export const badPackets: BadBytes[] = [
  ...malformedVectors.filter((vector) => !isConnect(vector)),
  ...outOfPlace,
];

/** A CONNECT of the protocol MQTT at any level, with the client id `bad`. */
export const connectAtLevel = (level: number): Buffer =>
  Buffer.concat([
    hex(level < 5 ? '10 0f' : '10 10'),
    hex('0004 4d515454'),
    Buffer.from([level]),
    hex(level < 5 ? '02 003c' : '02 003c 00'),
    hex('0003 626164'),
  ]);

/** Protocol level in a CONNECT, without the bit by which a bridge says so; 0 when it ends before. */
export function levelOf(bytes: Uint8Array): number {
  const body = bytes.findIndex((byte, at) => at > 0 && byte < 0x80) + 1;
  const nameBytes = ((bytes[body] ?? 0) << 8) | (bytes[body + 1] ?? 0);
  return (bytes[body + 2 + nameBytes] ?? 0) & 0x7f;
}

/** Sent as the first bytes of a connection. Where the version was read, a CONNACK with the reason's code may come first. */
export const badConnects: BadBytes[] = [
  ...malformedVectors.filter(isConnect),
  row(4, 'a client id above its limit', 'bad-client-id', bytesOf(connectPacket('x'.repeat(257), 4), 4)),
  row(5, 'a client id above its limit', 'bad-client-id', bytesOf(connectPacket('x'.repeat(257), 5), 5)),
  row(
    4,
    'no client id and a session to keep [MQTT-3.1.3-8]',
    'bad-client-id',
    hex('100c 0004 4d515454 04 00 003c 0000'),
  ),
  row(
    5,
    'an authentication method nobody offers',
    'auth-method',
    hex('1014 0004 4d515454 05 02 003c 04 15 0001 78 0003 626164'),
  ),
];

/** First bytes that are no CONNECT: nothing may be answered, because nobody knows what the peer speaks. */
export const badBeginnings: BadBytes[] = [
  row(4, 'PINGREQ before CONNECT [MQTT-3.1.0-1]', 'protocol-error', hex('c0 00')),
  row(4, 'PUBLISH before CONNECT [MQTT-3.1.0-1]', 'protocol-error', hex('30 03 0001 74')),
  row(4, 'an HTTP request', 'malformed', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')),
  row(4, 'a TLS ClientHello', 'malformed', hex('16 03 01 02 00 01 00 01 fc 03 03')),
  row(4, 'zeros', 'malformed', Buffer.alloc(64)),
];
