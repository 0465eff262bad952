import * as mqttPacket from 'mqtt-packet';
import { ProtocolError } from '../errors.ts';
import { PacketType, type ProtocolVersion } from './packet-type.ts';

/** Packets read and written by `mqtt-packet`: everything but PUBLISH and its acknowledgements. */
export interface Connect {
  readonly type: typeof PacketType.CONNECT;
  readonly end: number;
  readonly version: ProtocolVersion;
  readonly fields: mqttPacket.IConnectPacket;
}
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

/** Properties that may stand in each packet a client sends (MQTT 5 table 2-4), as `mqtt-packet` names them. */
const allowedProperties: Partial<Record<number, ReadonlySet<string>>> = {
  [PacketType.CONNECT]: new Set([
    'sessionExpiryInterval',
    'receiveMaximum',
    'maximumPacketSize',
    'topicAliasMaximum',
    'requestResponseInformation',
    'requestProblemInformation',
    'userProperties',
    'authenticationMethod',
    'authenticationData',
  ]),
  [PacketType.SUBSCRIBE]: new Set(['subscriptionIdentifier', 'userProperties']),
  [PacketType.UNSUBSCRIBE]: new Set(['userProperties']),
  [PacketType.DISCONNECT]: new Set([
    'sessionExpiryInterval',
    'reasonString',
    'userProperties',
    'serverReference',
  ]),
  [PacketType.AUTH]: new Set([
    'authenticationMethod',
    'authenticationData',
    'reasonString',
    'userProperties',
  ]),
};
const willProperties = new Set([
  'willDelayInterval',
  'payloadFormatIndicator',
  'messageExpiryInterval',
  'contentType',
  'responseTopic',
  'correlationData',
  'userProperties',
]);

/**
 * Decodes one whole packet, `bytes[at, end)`, with `mqtt-packet`, and refuses what that library lets pass.
 * @throws ProtocolError
 */
export function decodeControl(
  bytes: Buffer,
  at: number,
  end: number,
  version: ProtocolVersion,
): ControlPacket {
  const frame = bytes.subarray(at, end);
  const type = frame[0]! >> 4;
  if (type === PacketType.PINGREQ) {
    if (frame.length !== 2) throw new ProtocolError('malformed', 'PINGREQ with a body');
    return { type, end };
  }
  // A 3.1.1 DISCONNECT has no body [MQTT-3.14.1]; an MQTT 5 one may leave out reason and properties (3.14.2).
  if (type === PacketType.DISCONNECT && version === 4 && frame.length !== 2) {
    throw new ProtocolError('malformed', 'DISCONNECT with a body');
  }
  const parsed = parse(type === PacketType.DISCONNECT ? withPropertyLength(frame) : frame, version);
  checkText(parsed, frame);
  checkProperties(type, (parsed as { properties?: Record<string, unknown> }).properties);
  switch (parsed.cmd) {
    case 'connect':
      return { type: PacketType.CONNECT, end, version: checkConnect(parsed), fields: parsed };
    case 'subscribe':
      return {
        type: PacketType.SUBSCRIBE,
        end,
        fields: { ...parsed, messageId: checkPacketId(parsed.messageId) },
      };
    case 'unsubscribe':
      return {
        type: PacketType.UNSUBSCRIBE,
        end,
        fields: { ...parsed, messageId: checkPacketId(parsed.messageId) },
      };
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

/** `mqtt-packet` wants a property length in an MQTT 5 DISCONNECT that says only its reason. */
function withPropertyLength(frame: Buffer): Buffer {
  return frame.length === 3 ? Buffer.from([frame[0]!, 2, frame[2]!, 0]) : frame;
}

function parse(frame: Buffer, version: ProtocolVersion): mqttPacket.Packet {
  // A parser keeps what it could not finish, so each packet has its own: these packets are rare.
  const parser = mqttPacket.parser({ protocolVersion: version });
  let packet: mqttPacket.Packet | undefined;
  let fault: Error | undefined;
  parser.on('packet', (parsed) => (packet = parsed));
  parser.on('error', (error: Error) => (fault ??= error));
  try {
    parser.parse(frame);
  } catch (error) {
    fault ??= error as Error;
  }
  if (fault !== undefined) {
    const wrongVersion =
      fault.message === 'Invalid protocol version' || fault.message === 'Invalid protocolId';
    throw new ProtocolError(wrongVersion ? 'unsupported-version' : 'malformed', fault.message);
  }
  if (packet === undefined) throw new ProtocolError('malformed', 'packet ends too early');
  return packet;
}

function checkConnect(packet: mqttPacket.IConnectPacket): ProtocolVersion {
  const level = packet.protocolVersion ?? 4;
  if ((packet.protocolId === 'MQIsdp') !== (level === 3) || 'bridgeMode' in packet) {
    throw new ProtocolError('unsupported-version', `${packet.protocolId} level ${level}`);
  }
  if (packet.will !== undefined) {
    if ((packet.will.qos as number) === 3) throw new ProtocolError('malformed', 'will QoS 3'); // [MQTT-3.1.2-12]
    checkProperties(PacketType.CONNECT, packet.will.properties, willProperties);
    if (packet.will.topic === '' || /[+#]/.test(packet.will.topic)) {
      throw new ProtocolError('topic-name-invalid', 'will topic');
    }
  }
  // A 3.1.1 password needs a user name [MQTT-3.1.2-22]; MQTT 5 lets it stand alone.
  if (level !== 5 && packet.password !== undefined && packet.username === undefined) {
    throw new ProtocolError('malformed', 'password without a user name');
  }
  const { receiveMaximum, maximumPacketSize } = packet.properties ?? {};
  if (receiveMaximum === 0) throw new ProtocolError('protocol-error', 'Receive Maximum 0');
  if (maximumPacketSize === 0) throw new ProtocolError('protocol-error', 'Maximum Packet Size 0');
  if (
    packet.properties?.authenticationData !== undefined &&
    packet.properties.authenticationMethod === undefined
  ) {
    throw new ProtocolError('protocol-error', 'authentication data without a method');
  }
  return level === 5 ? 5 : 4;
}

function checkPacketId(packetId: number | undefined): number {
  if (packetId === undefined || packetId <= 0) throw new ProtocolError('protocol-error', 'packet id 0'); // [MQTT-2.2.1-3]
  return packetId;
}

function checkProperties(
  type: number,
  properties: object | undefined,
  allowed: ReadonlySet<string> | undefined = allowedProperties[type],
): void {
  if (properties === undefined) return;
  for (const [name, value] of Object.entries(properties)) {
    if (allowed?.has(name) !== true)
      throw new ProtocolError('protocol-error', `property ${name} is not allowed here`);
    if (name === 'userProperties') continue;
    if (Array.isArray(value)) throw new ProtocolError('protocol-error', `property ${name} comes twice`);
    if (value === null || value === undefined || value === -1)
      throw new ProtocolError('malformed', `property ${name} ends too early`);
  }
}

/**
 * Refuses text that was no UTF-8 or holds U+0000 [MQTT-1.5.4-1, -2]. `mqtt-packet` turns bad bytes into U+FFFD, so a
 * text with that character is genuine only if its own encoding stands in the packet.
 */
function checkText(value: unknown, frame: Buffer): void {
  if (typeof value === 'string') {
    if (value.includes('\0')) throw new ProtocolError('malformed', 'U+0000 in a text');
    if (value.includes('\ufffd') && !frame.includes(Buffer.from(value))) {
      throw new ProtocolError('malformed', 'text is not UTF-8');
    }
  } else if (typeof value === 'object' && value !== null && !Buffer.isBuffer(value)) {
    for (const key in value) {
      checkText(key, frame);
      checkText((value as Record<string, unknown>)[key], frame);
    }
  }
}
