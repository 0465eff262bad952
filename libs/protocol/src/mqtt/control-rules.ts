import { ProtocolError } from '../errors.ts';
import { BodyReader } from './body-reader.ts';
import { maxFilters } from './bounds.ts';
import { PacketType, type ProtocolVersion } from './packet-type.ts';
import { checkProperties } from './property-rules.ts';
import { parseSharedFilter } from './shared-filter.ts';

const AUTHENTICATION_METHOD = 0x15;

/** Reason codes a client may put into a DISCONNECT (MQTT 5 table 3-10). */
const disconnectCodes: ReadonlySet<number> = new Set([
  0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
]);
/** And into an AUTH (table 3-11): continue, authenticate again; success is for servers to say. */
const authCodes: ReadonlySet<number> = new Set([0x18, 0x19]);

/** Bits of a SUBSCRIBE's options (MQTT 5 section 3.8.3.1). */
const Option = { QOS: 0x03, NO_LOCAL: 0x04, RETAIN_HANDLING: 0x30, RESERVED: 0xc0, RESERVED_V4: 0xfc };

/**
 * Checks the whole body of a packet other than CONNECT against the rules for what a client sends, those included that
 * `mqtt-packet` does not know: every length, text and property, and that nothing is left behind them.
 * @throws ProtocolError
 */
export function checkControl(
  bytes: Buffer,
  type: number,
  at: number,
  end: number,
  version: ProtocolVersion,
): void {
  const body = new BodyReader(bytes, at, end);
  switch (type) {
    case PacketType.SUBSCRIBE:
    case PacketType.UNSUBSCRIBE:
      checkFilters(body, type, version);
      break;
    case PacketType.PINGREQ:
      break;
    case PacketType.DISCONNECT:
      // A 3.1.1 DISCONNECT has no body.
      if (version === 5) checkReason(body, 'disconnect', disconnectCodes);
      break;
    case PacketType.AUTH:
      checkAuth(body);
      break;
    default:
      throw new ProtocolError('protocol-error', `a client does not send packet type ${type}`);
  }
  body.finish();
}

function checkFilters(body: BodyReader, type: number, version: ProtocolVersion): void {
  if (body.uint16() === 0) throw new ProtocolError('protocol-error', 'packet id 0'); // [MQTT-2.2.1-3]
  const isSubscribe = type === PacketType.SUBSCRIBE;
  if (version === 5) checkProperties(body, isSubscribe ? 'subscribe' : 'unsubscribe');
  if (body.isAtEnd) throw new ProtocolError('protocol-error', 'no topic filter'); // [MQTT-3.8.3-2, -3.10.3-2]
  for (let count = 1; !body.isAtEnd; count++) {
    if (count > maxFilters)
      throw new ProtocolError('quota-exceeded', `more than ${maxFilters} filters in a packet`);
    const filter = body.text();
    if (isSubscribe) checkOptions(body.byte(), filter, version);
  }
}

function checkOptions(options: number, filter: string, version: ProtocolVersion): void {
  // [MQTT-3.8.3-5], 3.1.1 [MQTT-3-8.3-4]
  if (options & (version === 5 ? Option.RESERVED : Option.RESERVED_V4))
    throw new ProtocolError('malformed', 'reserved subscription options');
  if ((options & Option.QOS) === Option.QOS)
    throw new ProtocolError(version === 5 ? 'protocol-error' : 'malformed', 'subscription at QoS 3');
  if ((options & Option.RETAIN_HANDLING) === Option.RETAIN_HANDLING)
    throw new ProtocolError('protocol-error', 'retain handling 3');
  if (options & Option.NO_LOCAL && parseSharedFilter(filter) !== undefined)
    throw new ProtocolError('protocol-error', 'No Local on a shared subscription'); // [MQTT-3.8.3-4]
}

/** The reason, and the properties, which an MQTT 5 packet may leave out, or both (3.14.2, 3.15.2). */
function checkReason(
  body: BodyReader,
  place: 'disconnect' | 'auth',
  codes: ReadonlySet<number>,
): ReadonlySet<number> {
  const code = body.isAtEnd ? 0 : body.byte();
  const found: ReadonlySet<number> = body.isAtEnd ? new Set() : checkProperties(body, place);
  if (!codes.has(code)) throw new ProtocolError('protocol-error', `reason code ${code} from a client`);
  return found;
}

function checkAuth(body: BodyReader): void {
  const found = checkReason(body, 'auth', authCodes);
  if (!found.has(AUTHENTICATION_METHOD)) throw new ProtocolError('protocol-error', 'AUTH without a method');
}
