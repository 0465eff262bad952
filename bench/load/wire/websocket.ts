import { createHash, randomBytes } from 'node:crypto';

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Receives the frames that `readFrames` finds. */
export interface FrameSink {
  /** @param first the frame's first byte (FIN and opcode); the payload is `bytes[from, to)`, valid during the call. */
  frame(first: number, bytes: Buffer, from: number, to: number): void;
}

/** An opening handshake (RFC 6455 section 4.1): what to send and what must come back. */
export interface Upgrade {
  request: Buffer;
  accept: string;
}

export function upgradeRequest(host: string, port: number, path: string, subprotocol: string): Upgrade {
  const key = randomBytes(16).toString('base64');
  const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${authority}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${key}`,
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Protocol: ${subprotocol}`,
  ];
  return {
    request: Buffer.from(`${lines.join('\r\n')}\r\n\r\n`),
    accept: createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64'),
  };
}

/** What has come of the answer to an upgrade. `used` counts its bytes. */
export type Upgraded =
  { state: 'waiting' } | { state: 'open'; used: number } | { state: 'refused'; status: string };

export function readUpgrade(bytes: Buffer, from: number, to: number, accept: string): Upgraded {
  const end = bytes.subarray(from, to).indexOf('\r\n\r\n');
  if (end < 0) return { state: 'waiting' };
  const head = bytes.toString('latin1', from, from + end);
  const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 'no-http';
  if (status !== '101') return { state: 'refused', status };
  const answered = /^sec-websocket-accept:\s*(\S+)/im.exec(head)?.[1];
  return answered === accept
    ? { state: 'open', used: end + 4 }
    : { state: 'refused', status: 'wrong-accept' };
}

/** Bytes of the header of a client frame around so many bytes of payload. */
export function frameHeadroom(payloadBytes: number): number {
  return payloadBytes < 126 ? 6 : payloadBytes < 65_536 ? 8 : 14;
}

/**
 * Completes a client frame in place: the payload stands in `bytes` from `headroom` on; the header is written before it
 * and the payload masked. The key is never zero, because servers skip the unmasking then and a comparison would lie.
 */
export function sealFrame(bytes: Buffer, headroom: number, opcode: number): void {
  const length = bytes.length - headroom;
  bytes[0] = 0x80 | opcode;
  if (headroom === 6) bytes[1] = 0x80 | length;
  else if (headroom === 8) {
    bytes[1] = 0xfe;
    bytes[2] = length >> 8;
    bytes[3] = length & 0xff;
  } else {
    bytes[1] = 0xff;
    bytes.writeUInt32BE(0, 2);
    bytes.writeUInt32BE(length, 6);
  }
  const key = nextKey();
  const k0 = key & 0xff;
  const k1 = (key >>> 8) & 0xff;
  const k2 = (key >>> 16) & 0xff;
  const k3 = key >>> 24;
  bytes[headroom - 4] = k0;
  bytes[headroom - 3] = k1;
  bytes[headroom - 2] = k2;
  bytes[headroom - 1] = k3;
  let at = headroom;
  for (const whole = bytes.length - 3; at < whole; at += 4) {
    bytes[at] = bytes[at]! ^ k0;
    bytes[at + 1] = bytes[at + 1]! ^ k1;
    bytes[at + 2] = bytes[at + 2]! ^ k2;
    bytes[at + 3] = bytes[at + 3]! ^ k3;
  }
  if (at < bytes.length) bytes[at] = bytes[at]! ^ k0;
  if (at + 1 < bytes.length) bytes[at + 1] = bytes[at + 1]! ^ k1;
  if (at + 2 < bytes.length) bytes[at + 2] = bytes[at + 2]! ^ k2;
}

/** A client frame around a copy of `payload`. */
export function clientFrame(opcode: number, payload: Uint8Array): Buffer {
  const headroom = frameHeadroom(payload.length);
  const bytes = Buffer.allocUnsafe(headroom + payload.length);
  bytes.set(payload, headroom);
  sealFrame(bytes, headroom, opcode);
  return bytes;
}

/**
 * Hands every whole server frame in `bytes[from, to)` to the sink.
 *
 * @returns where the first unfinished frame begins.
 * @throws Error when the server masks, which it must not (RFC 6455 section 5.1).
 */
export function readFrames(bytes: Buffer, from: number, to: number, sink: FrameSink): number {
  let at = from;
  while (to - at >= 2) {
    const second = bytes[at + 1]!;
    if (second > 127) throw new Error('the server sent a masked WebSocket frame');
    let start = at + 2;
    let length = second;
    if (second === 126) {
      if (to - at < 4) return at;
      length = bytes.readUInt16BE(at + 2);
      start = at + 4;
    } else if (second === 127) {
      if (to - at < 10) return at;
      length = bytes.readUInt32BE(at + 2) * 2 ** 32 + bytes.readUInt32BE(at + 6);
      start = at + 10;
    }
    if (start + length > to) return at;
    sink.frame(bytes[at]!, bytes, start, start + length);
    at = start + length;
  }
  return at;
}

let keyState = 0x9e3779b9;

// xorshift32: never zero, and a new key for each frame costs nothing.
function nextKey(): number {
  keyState ^= keyState << 13;
  keyState ^= keyState >>> 17;
  keyState ^= keyState << 5;
  return (keyState >>>= 0);
}
