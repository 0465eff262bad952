import type * as mqttPacket from 'mqtt-packet';
import { ProtocolError } from '../errors.ts';
import { BodyReader } from './body-reader.ts';
import { parsePacket } from './packet-parser.ts';
import { type CodecLimits, PacketType, type ProtocolVersion } from './packet-type.ts';
import { checkProperties } from './property-rules.ts';
import { readWill, type Will } from './will.ts';

export interface Connect {
  readonly type: typeof PacketType.CONNECT;
  readonly end: number;
  readonly version: ProtocolVersion;
  /** As `mqtt-packet` reads them; its `will` loses the order of user properties, so use ours. */
  readonly fields: mqttPacket.IConnectPacket;
  readonly will: Will | undefined;
}

const AUTHENTICATION_METHOD = 0x15;
const AUTHENTICATION_DATA = 0x16;

/** Bits of the CONNECT flags (MQTT 5 section 3.1.2.3). */
const ConnectFlag = {
  RESERVED: 0x01,
  WILL: 0x04,
  WILL_QOS: 0x18,
  WILL_RETAIN: 0x20,
  PASSWORD: 0x40,
  USER: 0x80,
};
const WILL_QOS_SHIFT = 3;

/**
 * Decodes the CONNECT `bytes[at, end)`, whose body begins at `body` (MQTT 5 section 3.1, 3.1.1 section 3.1).
 * @throws ProtocolError
 */
export function decodeConnect(
  bytes: Buffer,
  at: number,
  body: number,
  end: number,
  limits: CodecLimits,
): Connect {
  const will = checkConnect(new BodyReader(bytes, body, end), limits);
  const fields = parsePacket(bytes.subarray(at, end), 4) as mqttPacket.IConnectPacket;
  return { type: PacketType.CONNECT, end, version: fields.protocolVersion === 5 ? 5 : 4, fields, will };
}

/** The protocol level a CONNECT at `at` names, whatever else is wrong with it; 0 when it does not get that far. */
export function connectLevel(bytes: Buffer, at: number): number {
  let name = at + 1;
  while (bytes[name]! > 0x7f) name++;
  name++;
  const level = name + 2 + ((bytes[name] ?? 0) << 8) + (bytes[name + 1] ?? 0);
  return (bytes[level] ?? 0) & 0x7f;
}

/** Checks the whole body: every length, text and property, and that nothing is left behind them. */
function checkConnect(body: BodyReader, limits: CodecLimits): Will | undefined {
  const version = checkLevel(body);
  const flags = body.byte();
  checkConnectFlags(flags, version);
  body.uint16(); // keep-alive
  if (version === 5) checkConnectProperties(body);
  body.text(); // client id
  let will: Will | undefined;
  if (flags & ConnectFlag.WILL) {
    const qos = ((flags & ConnectFlag.WILL_QOS) >> WILL_QOS_SHIFT) as 0 | 1 | 2;
    will = readWill(body, qos, (flags & ConnectFlag.WILL_RETAIN) !== 0, version, limits);
  }
  if (flags & ConnectFlag.USER) body.text();
  if (flags & ConnectFlag.PASSWORD) body.binary();
  body.finish();
  return will;
}

function checkLevel(body: BodyReader): ProtocolVersion {
  const name = body.text();
  const level = body.byte();
  const isKnown = name === 'MQTT' ? level === 4 || level === 5 : name === 'MQIsdp' && level === 3;
  if (!isKnown) throw new ProtocolError('unsupported-version', `${name.slice(0, 16)} level ${level}`);
  return level === 5 ? 5 : 4;
}

function checkConnectFlags(flags: number, version: ProtocolVersion): void {
  const fault = (what: string): never => {
    throw new ProtocolError('malformed', what);
  };
  if (flags & ConnectFlag.RESERVED) fault('reserved CONNECT flag'); // [MQTT-3.1.2-3]
  const willQos = flags & ConnectFlag.WILL_QOS;
  if (willQos === ConnectFlag.WILL_QOS) fault('will QoS 3'); // [MQTT-3.1.2-12]
  // [MQTT-3.1.2-11, -13]
  if (!(flags & ConnectFlag.WILL) && (willQos !== 0 || flags & ConnectFlag.WILL_RETAIN))
    fault('will flags without a will');
  // A 3.1.1 password needs a user name [MQTT-3.1.2-22]; MQTT 5 lets it stand alone.
  if (version !== 5 && flags & ConnectFlag.PASSWORD && !(flags & ConnectFlag.USER))
    fault('password without a user name');
}

function checkConnectProperties(body: BodyReader): void {
  const found = checkProperties(body, 'connect');
  if (found.has(AUTHENTICATION_DATA) && !found.has(AUTHENTICATION_METHOD)) {
    throw new ProtocolError('protocol-error', 'authentication data without a method');
  }
}
