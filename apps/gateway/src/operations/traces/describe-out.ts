import { decode, PacketType, type ProtocolVersion } from '@tributary/protocol';
import { describePublish, nameOf } from './describe-in.ts';
import { type Described, words } from './description.ts';

/** What we write is within every limit. */
const anySize = { maxPacketBytes: Infinity, maxTopicBytes: Infinity, maxTopicLevels: Infinity } as const;

/** What a packet for a device says, read from its bytes: they are ours, so they are whole and well formed. */
export function describeOut(frame: Uint8Array, version: ProtocolVersion): Described {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.length);
  const type = bytes[0]! >> 4;
  if (type === PacketType.PUBLISH) {
    const packet = decode(bytes, 0, bytes.length, version, anySize);
    if (packet?.type === PacketType.PUBLISH) return describePublish(packet, bytes.length);
  }
  let body = 2;
  while (bytes[body - 1]! > 0x7f) body++;
  return { told: { type: nameOf(type), bytes: bytes.length, ...bodyOf(type, bytes, body, version) } };
}

/** Packet id, reason code and words of everything but PUBLISH. */
function bodyOf(
  type: number,
  bytes: Buffer,
  body: number,
  version: ProtocolVersion,
): { packetId?: number; reasonCode?: number; detail?: string | undefined } {
  switch (type) {
    case PacketType.CONNACK:
      return {
        reasonCode: bytes[body + 1] ?? 0,
        detail: words((bytes[body]! & 1) === 1 && 'session present'),
      };
    case PacketType.PUBACK:
    case PacketType.PUBREC:
    case PacketType.PUBREL:
    case PacketType.PUBCOMP:
      return { packetId: bytes.readUInt16BE(body), reasonCode: bytes[body + 2] ?? 0 };
    case PacketType.SUBACK:
    case PacketType.UNSUBACK:
      return { packetId: bytes.readUInt16BE(body), detail: codesOf(bytes, body + 2, version) };
    case PacketType.DISCONNECT:
    case PacketType.AUTH:
      return { reasonCode: bytes[body] ?? 0 };
    default:
      return {};
  }
}

/** The codes of a SUBACK or UNSUBACK, behind its properties where it has any. */
function codesOf(bytes: Buffer, at: number, version: ProtocolVersion): string | undefined {
  let from = at;
  if (version === 5) {
    let length = 0;
    let scale = 1;
    for (let more = true; more; scale *= 128) {
      const byte = bytes[from++] ?? 0;
      length += (byte & 0x7f) * scale;
      more = byte > 0x7f;
    }
    from += length;
  }
  const codes = [...bytes.subarray(from)].map((code) => `0x${code.toString(16).padStart(2, '0')}`);
  return codes.length === 0 ? undefined : words(codes.join(' '));
}
