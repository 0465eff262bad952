import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { FloorConnection } from './floor-connection.ts';
import type { FloorStore } from './floor-store.ts';

/** Answers an upgrade and speaks frames by hand: whole, masked, binary, below 64 KB. */
export function serveFloorWebSocket(store: FloorStore, request: IncomingMessage, socket: Socket): void {
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  socket.setNoDelay(true);
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n`,
  );
  const connection = new FloorConnection(
    store,
    (packets) => void socket.write(frame(packets)),
    () => socket.end(),
  );
  let rest: Buffer | undefined;
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    const stop = readFrames(bytes, connection);
    rest = stop < bytes.length ? bytes.subarray(stop) : undefined;
  });
  socket.on('error', () => socket.destroy());
}

function readFrames(bytes: Buffer, connection: FloorConnection): number {
  let at = 0;
  while (bytes.length - at >= 6) {
    let length = bytes[at + 1]! & 0x7f;
    let start = at + 6;
    if (length === 126) {
      length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
      start = at + 8;
    }
    if (start + length > bytes.length) return at;
    const payload = bytes.subarray(start, start + length);
    for (let i = 0; i < length; i++) payload[i] = payload[i]! ^ bytes[start - 4 + (i & 3)]!;
    connection.data(payload);
    at = start + length;
  }
  return at;
}

function frame(packets: Buffer): Buffer {
  const { length } = packets;
  const head = length < 126 ? 2 : 4;
  const bytes = Buffer.allocUnsafe(head + length);
  bytes[0] = 0x82;
  if (head === 2) bytes[1] = length;
  else {
    bytes[1] = 126;
    bytes.writeUInt16BE(length, 2);
  }
  packets.copy(bytes, head);
  return bytes;
}
