import type { Random } from '../random.ts';

/** The upgrade to `/mqtt` or `/ws`. */
export function upgrade(way: 'ws' | 'device'): Buffer {
  const [path, subprotocol] = way === 'ws' ? ['/mqtt', 'mqtt'] : ['/ws', 'tributary.v1'];
  return Buffer.from(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n' +
      `Sec-WebSocket-Protocol: ${subprotocol}\r\n\r\n`,
  );
}

export const Opcode = { CONTINUATION: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 } as const;

/** One masked frame (RFC 6455 section 5.2). The mask is zeros unless given, so that replays can be read. */
export function frame(payload: Buffer, opcode: number, isFinal = true, mask: Buffer = noMask): Buffer {
  const first = Buffer.from([(isFinal ? 0x80 : 0) | opcode]);
  const body = payload.map((byte, i) => byte ^ mask[i & 3]!);
  return Buffer.concat([first, lengthBytes(payload.length), mask, body]);
}

/** The length in its shortest form, with the bit that says there is a mask. */
function lengthBytes(length: number): Buffer {
  if (length < 126) return Buffer.from([0x80 | length]);
  const isShort = length < 65_536;
  const bytes = Buffer.alloc(isShort ? 3 : 9);
  bytes[0] = 0x80 | (isShort ? 126 : 127);
  if (isShort) bytes.writeUInt16BE(length, 1);
  else bytes.writeUInt32BE(length, 5);
  return bytes;
}

const noMask = Buffer.alloc(4);

/** The payload in one frame, or in fragments, with a control frame between them now and then. */
export function frames(random: Random, payload: Buffer, opcode: number): Buffer {
  if (random.chance(88)) {
    return frame(payload, opcode, true, random.chance(80) ? noMask : random.bytes(4));
  }
  const cut = random.below(payload.length + 1);
  return Buffer.concat([
    frame(payload.subarray(0, cut), opcode, false),
    ...(random.chance(30) ? [frame(Buffer.from('?'), random.pick([Opcode.PING, Opcode.PONG]))] : []),
    frame(payload.subarray(cut), Opcode.CONTINUATION, true, random.bytes(4)),
  ]);
}

/** A frame that does not belong here: of the wrong kind, a reserved one, or a control frame. */
export function strayFrame(random: Random): { bytes: Buffer; says: string } {
  const opcode = random.pick([0, 1, 2, 3, 7, 8, 9, 10, 11, 15]);
  const payload = random.pick([Buffer.alloc(0), Buffer.from('\x03\xe8bye', 'latin1'), random.bytes(130)]);
  return { bytes: frame(payload, opcode, random.chance(80)), says: `frame of opcode ${opcode}` };
}
