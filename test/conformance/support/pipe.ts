import { connect } from 'node:net';
import { WebSocket } from 'ws';
import type { Gateway } from '../../support/gateway.ts';

export type Transport = 'tcp' | 'ws';

/** How the server ended the connection. */
export interface Ending {
  /** Close code of a WebSocket. */
  code?: number;
  /** What the socket complained about, for example ECONNRESET. */
  error?: string;
}

/** What a pipe tells its owner. */
export interface PipeEvents {
  onBytes(bytes: Buffer): void;
  onClose(ending: Ending): void;
  /** A text frame: a server must not send one. */
  onText(): void;
}

/** Bytes to and from a server, over TCP or in binary WebSocket frames. */
export interface Pipe {
  /** One write, which is one frame on a WebSocket. */
  write(bytes: Uint8Array): void;
  /** Ends our side behind what was written: FIN, or a WebSocket close. */
  end(): void;
  /** Ends it without a word. */
  destroy(): void;
  pause(): void;
  resume(): void;
}

/** Opens a pipe and sends nothing. */
export const openPipe = (gateway: Gateway, transport: Transport, events: PipeEvents): Promise<Pipe> =>
  transport === 'tcp' ? openTcp(gateway.port('mqtt'), events) : openWs(gateway.wsUrl('/mqtt'), events);

async function openTcp(port: number, events: PipeEvents): Promise<Pipe> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const ending: Ending = {};
  socket.on('data', (chunk: Buffer) => events.onBytes(chunk));
  socket.on('error', (error: NodeJS.ErrnoException) => (ending.error = error.code ?? error.message));
  socket.on('close', () => events.onClose(ending));
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return {
    write: (bytes) => socket.write(bytes),
    end: () => socket.end(),
    destroy: () => socket.destroy(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  };
}

async function openWs(url: string, events: PipeEvents): Promise<Pipe> {
  const socket = new WebSocket(url, ['mqtt'], { perMessageDeflate: false });
  const ending: Ending = {};
  socket.on('message', (data: Buffer, isBinary: boolean) =>
    isBinary ? events.onBytes(data) : events.onText(),
  );
  socket.on('error', (error) => (ending.error = error.message));
  socket.on('close', (code) => events.onClose({ ...ending, code }));
  await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return {
    write: (bytes) => socket.send(bytes),
    end: () => socket.close(1000),
    destroy: () => socket.terminate(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  };
}
