import { ProtocolError } from '../errors.ts';
import { BodyReader } from './body-reader.ts';
import { type CodecLimits, PacketType, type ProtocolVersion } from './packet-type.ts';
import { checkProperties } from './property-rules.ts';
import { checkTopicName } from './topic.ts';

const AUTHENTICATION_METHOD = 0x15;
const AUTHENTICATION_DATA = 0x16;

/** Filters of one SUBSCRIBE or UNSUBSCRIBE: one packet must not keep a node busy for long. */
const maxFilters = 1000;

/** Bits of the CONNECT flags (MQTT 5 section 3.1.2.3). */
const ConnectFlag = {
  RESERVED: 0x01,
  WILL: 0x04,
  WILL_QOS: 0x18,
  WILL_RETAIN: 0x20,
  PASSWORD: 0x40,
  USER: 0x80,
};

/**
 * Checks the whole body of a packet against the rules for what a client sends, those included that `mqtt-packet` does
 * not know: every length, text and property, and that nothing is left behind them.
 * @throws ProtocolError
 */
export function checkControl(
  bytes: Buffer,
  type: number,
  at: number,
  end: number,
  version: ProtocolVersion,
  limits: CodecLimits,
): void {
  const body = new BodyReader(bytes, at, end);
  switch (type) {
    case PacketType.CONNECT:
      checkConnect(body, limits);
      break;
    case PacketType.SUBSCRIBE:
    case PacketType.UNSUBSCRIBE:
      checkFilters(body, type, version);
      break;
    case PacketType.PINGREQ:
      break;
    case PacketType.DISCONNECT:
      // A 3.1.1 DISCONNECT has no body; an MQTT 5 one may leave out properties, or reason and properties (3.14.2).
      if (version === 5) checkReason(body, 'disconnect');
      break;
    case PacketType.AUTH:
      checkReason(body, 'auth');
      break;
    default:
      throw new ProtocolError('protocol-error', `a client does not send packet type ${type}`);
  }
  body.finish();
}

function checkConnect(body: BodyReader, limits: CodecLimits): void {
  const name = body.text();
  const level = body.byte();
  const isKnown = name === 'MQTT' ? level === 4 || level === 5 : name === 'MQIsdp' && level === 3;
  if (!isKnown) throw new ProtocolError('unsupported-version', `${name.slice(0, 16)} level ${level}`);
  const flags = body.byte();
  checkConnectFlags(flags, level);
  body.uint16(); // keep-alive
  if (level === 5) {
    const found = checkProperties(body, 'connect');
    if (found.has(AUTHENTICATION_DATA) && !found.has(AUTHENTICATION_METHOD)) {
      throw new ProtocolError('protocol-error', 'authentication data without a method');
    }
  }
  body.text(); // client id
  if (flags & ConnectFlag.WILL) {
    if (level === 5) checkProperties(body, 'will');
    const topic = body.binary();
    if (topic.length === 0) throw new ProtocolError('topic-name-invalid', 'empty will topic');
    checkTopicName(topic, 0, topic.length, limits);
    body.binary(); // will payload
  }
  if (flags & ConnectFlag.USER) body.text();
  if (flags & ConnectFlag.PASSWORD) body.binary();
}

function checkConnectFlags(flags: number, level: number): void {
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
  if (level !== 5 && flags & ConnectFlag.PASSWORD && !(flags & ConnectFlag.USER))
    fault('password without a user name');
}

function checkFilters(body: BodyReader, type: number, version: ProtocolVersion): void {
  if (body.uint16() === 0) throw new ProtocolError('protocol-error', 'packet id 0'); // [MQTT-2.2.1-3]
  const isSubscribe = type === PacketType.SUBSCRIBE;
  if (version === 5) checkProperties(body, isSubscribe ? 'subscribe' : 'unsubscribe');
  if (body.isAtEnd) throw new ProtocolError('protocol-error', 'no topic filter'); // [MQTT-3.8.3-2, -3.10.3-2]
  for (let count = 1; !body.isAtEnd; count++) {
    if (count > maxFilters)
      throw new ProtocolError('quota-exceeded', `more than ${maxFilters} filters in a packet`);
    body.text();
    if (isSubscribe) body.byte(); // options: mqtt-packet refuses the reserved bits
  }
}

function checkReason(body: BodyReader, place: 'disconnect' | 'auth'): void {
  if (body.isAtEnd) return;
  body.byte(); // reason code: mqtt-packet knows those of each packet
  if (!body.isAtEnd) checkProperties(body, place);
}
