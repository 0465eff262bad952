import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { until } from './until.ts';

export interface FrameOptions {
  /** Default 0x2, binary. */
  opcode?: number;
  /** Default true, as a client must. */
  isMasked?: boolean;
  /** FIN and the three reserved bits; default FIN alone. */
  firstBits?: number;
  /** Declared instead of the real length, with 64 bits. */
  declaredBytes?: bigint;
}

/** One WebSocket frame, also one that breaks RFC 6455 section 5. */
export function webSocketFrame(
  payload: Buffer,
  { opcode = 2, isMasked = true, firstBits = 0x80, declaredBytes }: FrameOptions = {},
): Buffer {
  const mask = isMasked ? randomBytes(4) : Buffer.alloc(0);
  const maskBit = isMasked ? 0x80 : 0;
  let head: Buffer;
  if (declaredBytes !== undefined) {
    head = Buffer.alloc(10);
    head.writeBigUInt64BE(declaredBytes, 2);
    head[1] = maskBit | 127;
  } else if (payload.length > 125) {
    head = Buffer.alloc(4);
    head.writeUInt16BE(payload.length, 2);
    head[1] = maskBit | 126;
  } else {
    head = Buffer.from([0, maskBit | payload.length]);
  }
  head[0] = firstBits | opcode;
  const body = isMasked ? Buffer.from(payload.map((byte, i) => byte ^ (mask[i % 4] ?? 0))) : payload;
  return Buffer.concat([head, mask, body]);
}

/** A WebSocket spoken by hand: upgraded, then whatever bytes one likes. */
export class RawWebSocket {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  isClosed = false;

  private constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('data', (chunk: Buffer) => (this.#received = Buffer.concat([this.#received, chunk])));
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => (this.isClosed = true));
  }

  static async upgrade(port: number, path: string, subprotocol: string): Promise<RawWebSocket> {
    const raw = new RawWebSocket(port);
    raw.socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Protocol: ${subprotocol}\r\n\r\n`,
    );
    const end = await until('the answer to the upgrade', () => {
      const at = raw.#received.indexOf('\r\n\r\n');
      return at < 0 ? undefined : at;
    });
    if (!raw.#received.toString().startsWith('HTTP/1.1 101')) throw new Error(raw.#received.toString());
    raw.#received = raw.#received.subarray(end + 4);
    return raw;
  }

  send(...frames: Buffer[]): void {
    this.socket.write(Buffer.concat(frames));
  }

  /** Waits for the end, and answers the code of the server's close frame; undefined when there was none. */
  async end(): Promise<number | undefined> {
    await until('the server to close', () => this.isClosed);
    for (let at = 0; at + 1 < this.#received.length;) {
      const short = (this.#received[at + 1] ?? 0) & 0x7f;
      const [length, head] = short === 126 ? [this.#received.readUInt16BE(at + 2), 4] : [short, 2];
      if (((this.#received[at] ?? 0) & 0x0f) === 8)
        return length >= 2 ? this.#received.readUInt16BE(at + head) : 1005;
      at += head + length;
    }
    return undefined;
  }
}
