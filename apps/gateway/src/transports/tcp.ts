import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { type Arrival, arrivalOf } from './arrival.ts';
import type { ListenerTls } from './tls/listener-tls.ts';
import { certificateOf, isEncrypted, type PeerCertificate } from './tls/peer-certificate.ts';
import { descriptorOf, lingerMs, stopAtOnce, type Transport, type TransportEvents } from './transport.ts';

/** Silence after which the kernel asks whether the peer is still there, ms. */
export const tcpKeepAliveMs = 60_000;

/** A TCP or TLS socket as a transport. */
export class TcpTransport implements Transport {
  readonly kind = 'tcp';
  readonly canPing = false;
  /** Bytes are told as they come. */
  readonly unfinishedBytes = 0;
  readonly remoteAddress: string;
  readonly isBehindProxy: boolean;
  readonly isEncrypted: boolean;
  readonly certificate: PeerCertificate | undefined;
  readonly #socket: Socket;
  readonly #arrival: Arrival;

  constructor(socket: Socket, arrival: Arrival) {
    this.#socket = socket;
    this.#arrival = arrival;
    this.remoteAddress = arrival.remoteAddress;
    this.isBehindProxy = arrival.isBehindProxy;
    this.isEncrypted = isEncrypted(socket);
    this.certificate = certificateOf(socket);
    stopAtOnce(socket);
    socket.setNoDelay(true);
    // Finds dead peers of devices without a keep-alive of their own.
    socket.setKeepAlive(true, tcpKeepAliveMs);
  }

  attach(events: TransportEvents): void {
    const socket = this.#socket;
    socket.on('data', (chunk: Buffer) => events.onBytes(chunk));
    // 'close' follows and says all there is to say.
    socket.on('error', () => {});
    socket.on('drain', () => events.onDrained());
    socket.on('close', () => events.onClosed());
  }

  get descriptor(): number {
    return descriptorOf(this.#socket);
  }
  get pendingBytes(): number {
    return this.#socket.writableLength;
  }
  get isBlocked(): boolean {
    return this.#socket.writableNeedDrain;
  }
  get takenBytes(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }
  welcomed(isVouchedFor: boolean): void {
    this.#arrival.visit?.welcomed(isVouchedFor);
  }
  parted(): void {
    this.#arrival.visit?.parted();
  }
  write(bytes: Buffer): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }
  writeText(): void {
    throw new Error('TCP carries no text frames');
  }
  ping(): void {
    throw new Error('TCP carries no pings');
  }
  pause(): void {
    this.#socket.pause();
  }
  resume(): void {
    this.#socket.resume();
  }
  close(): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    // Who said nothing and was told nothing misses nothing: of a flood there are thousands at a time.
    if (socket.bytesRead === 0 && socket.bytesWritten === 0) return void socket.destroy();
    socket.end();
    // Reading goes on into nothing, so that the peer's own end is seen.
    socket.removeAllListeners('data');
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once('close', () => clearTimeout(timer));
  }
  destroy(): void {
    this.#socket.destroy();
  }
}

/** A server for MQTT over TCP, or over TLS where there is one. Not listening yet. */
export function createTcpListener(
  tls: ListenerTls | undefined,
  handshakeTimeoutMs: number,
  onTransport: (transport: TcpTransport) => void,
): Server {
  const accept = (socket: Socket): void => onTransport(new TcpTransport(socket, arrivalOf(socket)));
  if (tls === undefined) return createServer({ pauseOnConnect: false }, accept);
  const server = createTlsServer(tls.options(handshakeTimeoutMs), accept);
  tls.guard(server);
  return server;
}
