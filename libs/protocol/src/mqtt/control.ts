import * as mqttPacket from 'mqtt-packet';
import { ProtocolError } from '../errors.ts';
import { type Connect, decodeConnect } from './connect.ts';
import { checkControl } from './control-rules.ts';
import { parsePacket } from './packet-parser.ts';
import { type CodecLimits, PacketType, type ProtocolVersion } from './packet-type.ts';

/** Packets read and written by `mqtt-packet`: everything but PUBLISH and its acknowledgements. */
export interface Subscribe {
  readonly type: typeof PacketType.SUBSCRIBE;
  readonly end: number;
  readonly fields: mqttPacket.ISubscribePacket & { messageId: number };
}
export interface Unsubscribe {
  readonly type: typeof PacketType.UNSUBSCRIBE;
  readonly end: number;
  readonly fields: mqttPacket.IUnsubscribePacket & { messageId: number };
}
export interface PingReq {
  readonly type: typeof PacketType.PINGREQ;
  readonly end: number;
}
export interface Disconnect {
  readonly type: typeof PacketType.DISCONNECT;
  readonly end: number;
  readonly fields: mqttPacket.IDisconnectPacket;
}
export interface Auth {
  readonly type: typeof PacketType.AUTH;
  readonly end: number;
  readonly fields: mqttPacket.IAuthPacket;
}
export type ControlPacket = Connect | Subscribe | Unsubscribe | PingReq | Disconnect | Auth;

/**
 * Decodes one whole packet, `bytes[at, end)`, whose body begins at `body`: checked by our own rules, then read by
 * `mqtt-packet`.
 * @throws ProtocolError
 */
export function decodeControl(
  bytes: Buffer,
  at: number,
  body: number,
  end: number,
  version: ProtocolVersion,
  limits: CodecLimits,
): ControlPacket {
  const type = bytes[at]! >> 4;
  if (type === PacketType.CONNECT) return decodeConnect(bytes, at, body, end, limits);
  checkControl(bytes, type, body, end, version);
  if (type === PacketType.PINGREQ) return { type, end };
  const parsed = parsePacket(withReason(bytes, at, body, end, version), version);
  switch (parsed.cmd) {
    case 'subscribe':
      return { type: PacketType.SUBSCRIBE, end, fields: { ...parsed, messageId: parsed.messageId! } };
    case 'unsubscribe':
      return { type: PacketType.UNSUBSCRIBE, end, fields: { ...parsed, messageId: parsed.messageId! } };
    case 'disconnect':
      return { type: PacketType.DISCONNECT, end, fields: parsed };
    case 'auth':
      return { type: PacketType.AUTH, end, fields: parsed };
    default:
      throw new ProtocolError('protocol-error', `a client does not send ${parsed.cmd}`);
  }
}

/** Bytes of a packet that `mqtt-packet` writes: CONNACK, SUBACK, UNSUBACK, PINGRESP, DISCONNECT, AUTH. */
export function encodeControl(packet: mqttPacket.Packet, version: ProtocolVersion): Buffer {
  return mqttPacket.generate(packet, { protocolVersion: version });
}

/** `mqtt-packet` wants the reason and the property length that an MQTT 5 DISCONNECT or AUTH may leave out. */
function withReason(bytes: Buffer, at: number, body: number, end: number, version: ProtocolVersion): Buffer {
  const first = bytes[at]!;
  const type = first >> 4;
  const mayBeShort = version === 5 && (type === PacketType.DISCONNECT || type === PacketType.AUTH);
  if (!mayBeShort || end - body > 1) return bytes.subarray(at, end);
  return Buffer.from([first, 2, end > body ? bytes[body]! : 0, 0]);
}
