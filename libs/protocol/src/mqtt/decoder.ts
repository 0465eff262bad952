import { ProtocolError } from '../errors.ts';
import { type Ack, decodeAck } from './acks.ts';
import { type ControlPacket, decodeControl } from './control.ts';
import { declaredBytes } from './fixed-header.ts';
import { type CodecLimits, PacketType, type ProtocolVersion } from './packet-type.ts';
import { decodePublish, type Publish } from './publish.ts';

/** A packet a client may send. `end` is the offset behind it in the bytes it was read from. */
export type ClientPacket = Publish | Ack | ControlPacket;

/** Low four bits of the first byte that each type must have (MQTT 5 table 2-2); PUBLISH carries its flags there. */
const requiredFlags = [-1, 0, 0, -1, 0, 0, 2, 0, 2, 0, 2, 0, 0, 0, 0, 0] as const;

/**
 * Reads the packet that starts at `at`. Pure: no socket, no state.
 * @param version of the connection; 4 before CONNECT, which says its own.
 * @returns the packet, or undefined while its bytes are not all there
 * @throws ProtocolError with the close reason; the connection is then beyond repair
 */
export function decode(
  bytes: Buffer,
  at: number,
  end: number,
  version: ProtocolVersion,
  limits: CodecLimits,
): ClientPacket | undefined {
  if (end - at < 2) {
    if (end > at) checkFirstByte(bytes[at]!, version);
    return undefined;
  }
  const first = bytes[at]!;
  checkFirstByte(first, version);
  let body = at + 2;
  let packetEnd = body + bytes[at + 1]!;
  if (bytes[at + 1]! > 0x7f || packetEnd - at > limits.maxPacketBytes) {
    const total = declaredBytes(bytes, at, end, limits.maxPacketBytes);
    if (total === 0) return undefined;
    packetEnd = at + total;
    body = at + 2;
    while (bytes[body - 1]! > 0x7f) body++;
    // [MQTT-1.5.5-1]; 3.1.1 does not ask for it, and there are small clients that always write two bytes.
    if (version === 5 && body > at + 2 && bytes[body - 1] === 0)
      throw new ProtocolError('malformed', 'Remaining Length of more bytes than it needs');
  }
  if (packetEnd > end) return undefined;

  const type = first >> 4;
  switch (type) {
    case PacketType.PUBLISH:
      return decodePublish(bytes, at, body, packetEnd, version, limits);
    case PacketType.PUBACK:
    case PacketType.PUBREC:
    case PacketType.PUBREL:
    case PacketType.PUBCOMP:
      return decodeAck(bytes, type, body, packetEnd, version);
    default:
      return decodeControl(bytes, at, body, packetEnd, version, limits);
  }
}

function checkFirstByte(first: number, version: ProtocolVersion): void {
  const type = first >> 4;
  const flags = requiredFlags[type]!;
  if (type === 0 || (type === PacketType.AUTH && version === 4)) {
    throw new ProtocolError('malformed', `packet type ${type}`); // [MQTT-2.1.2-1]
  }
  if (flags !== -1 && (first & 0x0f) !== flags) throw new ProtocolError('malformed', 'reserved flag bits'); // [MQTT-2.1.3-1]
}
