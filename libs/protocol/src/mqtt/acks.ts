import { ProtocolError } from '../errors.ts';
import { BodyReader } from './body-reader.ts';
import {
  textBytes,
  userPropertyBytes,
  type UserProperties,
  writeTextProperty,
  writeUserProperties,
} from './outgoing-properties.ts';
import { PacketType, type ProtocolVersion } from './packet-type.ts';
import { checkProperties } from './property-rules.ts';
import { varintBytes, writeVarint } from './varint.ts';

/** The four packets that acknowledge a PUBLISH and one another. */
export type AckType =
  typeof PacketType.PUBACK | typeof PacketType.PUBREC | typeof PacketType.PUBREL | typeof PacketType.PUBCOMP;

export interface Ack {
  readonly type: AckType;
  readonly end: number;
  readonly packetId: number;
  /** MQTT 5 reason code; 0 on 3.1.1. */
  readonly reasonCode: number;
}

const REASON_STRING = 0x1f;

const allowedCodes: Record<AckType, ReadonlySet<number>> = {
  [PacketType.PUBACK]: new Set([0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]),
  [PacketType.PUBREC]: new Set([0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]),
  [PacketType.PUBREL]: new Set([0x00, 0x92]),
  [PacketType.PUBCOMP]: new Set([0x00, 0x92]),
};

/**
 * Decodes PUBACK, PUBREC, PUBREL or PUBCOMP. Properties of MQTT 5 (reason string, user properties) are
 * checked and stepped over: nothing of ours depends on them.
 * @throws ProtocolError
 */
export function decodeAck(
  bytes: Buffer,
  type: AckType,
  body: number,
  end: number,
  version: ProtocolVersion,
): Ack {
  const length = end - body;
  if (length < 2 || (version === 4 && length !== 2))
    throw new ProtocolError('malformed', 'acknowledgement of a wrong length');
  const packetId = (bytes[body]! << 8) | bytes[body + 1]!;
  if (packetId === 0) throw new ProtocolError('protocol-error', 'packet id 0');
  const reasonCode = length > 2 ? bytes[body + 2]! : 0;
  if (reasonCode !== 0 && !allowedCodes[type].has(reasonCode)) {
    throw new ProtocolError('protocol-error', `reason code ${reasonCode} in an acknowledgement`);
  }
  if (length > 3) {
    const properties = new BodyReader(bytes, body + 3, end);
    checkProperties(properties, 'ack');
    properties.finish();
  }
  return { type, end, packetId, reasonCode };
}

/** Bytes of an acknowledgement whose reason is success: the short form both versions share. */
export const plainAckBytes = 4;

/** Writes a success acknowledgement at `at` (MQTT 5 section 3.4.2.1: reason code and properties may be left out). */
export function writePlainAck(bytes: Uint8Array, at: number, type: AckType, packetId: number): void {
  bytes[at] = firstByteOf(type);
  bytes[at + 1] = 2;
  bytes[at + 2] = packetId >> 8;
  bytes[at + 3] = packetId & 0xff;
}

/** What a client that asked for problem information is told beside a reason code (MQTT 5 section 3.4.2.2). */
export interface Problem {
  readonly reasonString?: string | undefined;
  readonly user?: UserProperties | undefined;
}

/**
 * An acknowledgement with an MQTT 5 reason code, in its shortest form; on 3.1.1, which has neither codes nor problems,
 * the plain one. Whether the client wants a problem, and takes a packet of this size, is the caller's to know
 * [MQTT-3.1.2-29, -3.4.2-2].
 * @throws RangeError when a text of the problem is above 65,535 bytes
 */
export function encodeAck(
  type: AckType,
  packetId: number,
  reasonCode: number,
  version: ProtocolVersion,
  problem?: Problem,
): Buffer {
  const problemLength = version === 5 && problem !== undefined ? problemBytes(problem) : 0;
  if (problemLength > 0) return encodeProblem(type, packetId, reasonCode, problem!, problemLength);
  const withReason = version === 5 && reasonCode !== 0;
  const bytes = Buffer.allocUnsafe(withReason ? 5 : plainAckBytes);
  writePlainAck(bytes, 0, type, packetId);
  if (withReason) {
    bytes[1] = 3;
    bytes[4] = reasonCode;
  }
  return bytes;
}

function problemBytes({ reasonString, user }: Problem): number {
  const reasonBytes = reasonString === undefined ? 0 : 1 + textBytes(reasonString);
  return user === undefined ? reasonBytes : reasonBytes + userPropertyBytes(user);
}

function encodeProblem(
  type: AckType,
  packetId: number,
  reasonCode: number,
  { reasonString, user }: Problem,
  problemLength: number,
): Buffer {
  const remaining = 3 + varintBytes(problemLength) + problemLength;
  const bytes = Buffer.allocUnsafe(1 + varintBytes(remaining) + remaining);
  bytes[0] = firstByteOf(type);
  let at = bytes.writeUInt16BE(packetId, writeVarint(bytes, 1, remaining));
  bytes[at++] = reasonCode;
  at = writeVarint(bytes, at, problemLength);
  if (reasonString !== undefined) at = writeTextProperty(bytes, at, REASON_STRING, reasonString);
  if (user !== undefined) writeUserProperties(bytes, at, user);
  return bytes;
}

const firstByteOf = (type: AckType): number => (type === PacketType.PUBREL ? 0x62 : type << 4);
