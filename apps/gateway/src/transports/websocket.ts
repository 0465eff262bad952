import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { deviceSubprotocol, type CloseReason } from '@tributary/protocol';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import type { AcceptGate } from './accept-gate.ts';
import { type Arrival, arrivalOf } from './arrival.ts';
import { isAllowedOrigin } from './origin.ts';
import { tcpKeepAliveMs } from './tcp.ts';
import type { ListenerTls } from './tls/listener-tls.ts';
import { certificateOf, isEncrypted, type PeerCertificate } from './tls/peer-certificate.ts';
import { descriptorOf, lingerMs, stopAtOnce, type Transport, type TransportEvents } from './transport.ts';

/** Subprotocols of MQTT over WebSocket: the standard one [MQTT-6.0.0-3] and the name older clients use. */
const mqttSubprotocols = ['mqtt', 'mqttv3.1'] as const;

/** A WebSocket as a transport. Binary frames are a byte stream: packets may span or share them [MQTT-6.0.0-2]. */
export class WebSocketTransport implements Transport {
  readonly kind = 'ws';
  readonly canPing = true;
  readonly remoteAddress: string;
  readonly isBehindProxy: boolean;
  readonly isEncrypted: boolean;
  readonly certificate: PeerCertificate | undefined;
  readonly #socket: WebSocket;
  readonly #arrival: Arrival;
  readonly #carries: 'binary' | 'text';
  /** The socket below the WebSocket, which tells when it has drained. */
  readonly #below: Socket;

  constructor(socket: WebSocket, below: Socket, arrival: Arrival, carries: 'binary' | 'text') {
    this.#socket = socket;
    this.#below = below;
    stopAtOnce(below);
    this.#arrival = arrival;
    this.remoteAddress = arrival.remoteAddress;
    this.isBehindProxy = arrival.isBehindProxy;
    this.#carries = carries;
    this.isEncrypted = isEncrypted(below);
    this.certificate = certificateOf(below);
  }

  attach(events: TransportEvents): void {
    const socket = this.#socket;
    const carries = this.#carries;
    socket.on('message', (data: RawData, isBinary: boolean) => {
      if (isBinary !== (carries === 'binary')) {
        // [MQTT-6.0.0-1]
        events.onFault('unsupported-data', `a ${isBinary ? 'binary' : 'text'} frame`);
      } else if (isBinary) {
        events.onBytes(data as Buffer);
      } else {
        events.onText((data as Buffer).toString('utf8'));
      }
    });
    socket.on('error', (error: Error & { code?: string }) => {
      if (error.code?.startsWith('WS_ERR') === true)
        events.onFault(faults[error.code] ?? 'malformed', error.message);
    });
    socket.on('pong', (data: Buffer) => events.onPong(Number(data.toString('latin1'))));
    this.#below.on('drain', () => events.onDrained());
    // Behind the listener of `ws`: what was whole has been told.
    this.#below.on('data', () => events.onUnfinished());
    socket.on('close', () => events.onClosed());
  }

  get descriptor(): number {
    return descriptorOf(this.#below);
  }
  /** `ws` keeps it in fields it does not document. */
  get unfinishedBytes(): number {
    const { _receiver: receiver } = this.#socket as WebSocket & { readonly _receiver?: UnfinishedFrame };
    return receiver === undefined ? 0 : receiver._bufferedBytes + receiver._messageLength;
  }
  get pendingBytes(): number {
    return this.#socket.bufferedAmount;
  }
  get isBlocked(): boolean {
    return this.#below.writableNeedDrain;
  }
  get takenBytes(): number {
    return this.#below.bytesWritten - this.#below.writableLength;
  }
  welcomed(isVouchedFor: boolean): void {
    this.#arrival.visit?.welcomed(isVouchedFor);
  }
  parted(): void {
    this.#arrival.visit?.parted();
  }
  write(bytes: Buffer): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(bytes, sendBinary);
  }
  writeText(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }
  ping(token: number): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping(String(token));
  }
  pause(): void {
    this.#socket.pause();
  }
  resume(): void {
    this.#socket.resume();
  }
  close(wsCode: number, reason: string): void {
    const socket = this.#socket;
    if (socket.readyState === WebSocket.CLOSED) return;
    socket.removeAllListeners('message');
    socket.resume();
    // 1006 says the connection was lost: it is never sent.
    if (wsCode === 1006) socket.terminate();
    else socket.close(wsCode, reason);
    const timer = setTimeout(() => socket.terminate(), lingerMs);
    socket.once('close', () => clearTimeout(timer));
  }
  destroy(): void {
    this.#socket.terminate();
  }
}

const sendBinary = { binary: true } as const;

/** What has come of a frame, and of the frames of its message before. */
interface UnfinishedFrame {
  readonly _bufferedBytes: number;
  readonly _messageLength: number;
}

/** Errors of `ws` that are no plain breach of its protocol. */
const faults: Readonly<Record<string, CloseReason>> = {
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 'too-large',
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 'quota-exceeded',
};

/** A frame of MQTT may be this much longer than the longest packet. */
const frameSlackBytes = 64 * 1024;

/**
 * Of one message: segments that came, and frames it is split into. Each costs some hundred bytes however short it is, and a
 * frame keeps the whole segment it came with.
 */
const partLimits = (maxPayload: number): { maxBufferedChunks: number; maxFragments: number } => ({
  maxBufferedChunks: 256 + Math.ceil(maxPayload / 128),
  maxFragments: 256 + Math.ceil(maxPayload / 1024),
});

/** How often Node looks for requests that take too long, ms. */
const connectionsCheckingInterval = 1000;

export interface WebSocketListenerOptions {
  readonly tls: ListenerTls | undefined;
  /** Says who asks for an upgrade, and whether that may come in. */
  readonly gate: AcceptGate;
  /** Origins that may connect, `*`: all; see origin.ts for what needs no mention. */
  readonly allowedOrigins: () => readonly string[];
  readonly maxFrameBytes: () => number;
  /** Until the upgrade is complete. */
  readonly handshakeTimeoutMs: number;
  onMqtt(transport: WebSocketTransport): void;
  onDevice(transport: WebSocketTransport): void;
  /** An upgrade that was turned away. */
  onRefused(reason: CloseReason, address: string, detail: string): void;
}

/** A server for `/mqtt` (subprotocol `mqtt`) and `/ws` (subprotocol `tributary.v1`). Not listening yet. */
export function createWebSocketListener(options: WebSocketListenerOptions): Server {
  const server = createUpgradeServer(options);
  server.headersTimeout = options.handshakeTimeoutMs;
  server.requestTimeout = options.handshakeTimeoutMs;
  server.keepAliveTimeout = 1000;
  server.on('request', ({ socket }, response) => {
    cutLater(socket);
    response
      .writeHead(426, { connection: 'close', upgrade: 'websocket' })
      .end('WebSocket only: /mqtt or /ws\n');
  });
  guardSilence(server, options);
  answerFaults(server, options);

  const shared = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
  } as const;
  const endpoints = {
    '/mqtt': {
      server: new WebSocketServer({
        ...shared,
        handleProtocols: (offered) => mqttSubprotocols.find((name) => offered.has(name)) ?? false,
      }),
      // Packets share frames as they like; one that is too large is for the decoder to see, which can say so.
      slackBytes: frameSlackBytes,
      accepts: mqttSubprotocols as readonly string[],
      carries: 'binary',
      take: options.onMqtt,
    },
    '/ws': {
      server: new WebSocketServer({ ...shared, handleProtocols: () => deviceSubprotocol }),
      slackBytes: 0,
      accepts: [deviceSubprotocol],
      carries: 'text',
      take: options.onDevice,
    },
  } as const;

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const arrival = options.gate.askedBy(request);
    if ('status' in arrival) return end(socket, arrival.status);
    const refuse = (status: string): void => {
      options.onRefused('not-authorized', arrival.remoteAddress, status);
      end(socket, status);
    };
    // Something may have been revoked since its handshake.
    const certificate = certificateOf(request.socket);
    if (certificate !== undefined && options.tls?.isRevoked(certificate) === true)
      return refuse('403 Forbidden');
    const path = (request.url ?? '').split('?', 1)[0]!;
    const endpoint = Object.hasOwn(endpoints, path) ? endpoints[path as keyof typeof endpoints] : undefined;
    if (endpoint === undefined) return refuse('404 Not Found');
    const { origin, host } = request.headers;
    if (!isAllowedOrigin(origin, host, options.allowedOrigins())) return refuse('403 Forbidden');
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!endpoint.accepts.some((name) => offered.includes(name))) {
      return refuse('400 Bad Request');
    }
    request.socket.setKeepAlive(true, tcpKeepAliveMs);
    // Read for each connection, and kept by it.
    const maxPayload = options.maxFrameBytes() + endpoint.slackBytes;
    Object.assign(endpoint.server.options, { maxPayload, ...partLimits(maxPayload) });
    let isUpgraded = false;
    endpoint.server.handleUpgrade(request, socket, head, (upgraded) => {
      isUpgraded = true;
      endpoint.take(new WebSocketTransport(upgraded, request.socket, arrival, endpoint.carries));
    });
    // `ws` has answered with no.
    if (!isUpgraded) cutLater(socket);
  });
  return server;
}

/** Over TLS where there is one; who is upgraded has been judged then. */
function createUpgradeServer({ tls, handshakeTimeoutMs }: WebSocketListenerOptions): Server {
  if (tls === undefined) return createServer({ connectionsCheckingInterval });
  const server = createTlsServer({ ...tls.options(handshakeTimeoutMs), connectionsCheckingInterval });
  tls.guard(server);
  return server;
}

/**
 * Who is turned away has so long to take the answer. Some ends are told of in no other way: over TLS, of a peer that sent its
 * request and was gone before anybody read it, neither the answer is finished nor is there an error.
 */
function cutLater(socket: Duplex): void {
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(timer));
}

/** Answers an upgrade with no, and ends its connection. */
function end(socket: Duplex, status: string): void {
  socket.on('error', () => {});
  // The server's sockets may be half open: one whose peer never ends would stay.
  socket.once('finish', () => socket.destroy());
  cutLater(socket);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/**
 * Node's own timeouts begin with the first byte; a socket that never sends one is ended here. What a proxy said before is
 * taken off by now, and what came with that waits to be read.
 */
function guardSilence(
  server: Server,
  { tls, handshakeTimeoutMs, onRefused }: WebSocketListenerOptions,
): void {
  server.on('connection', (socket: Socket) => {
    const before = socket.bytesRead - socket.readableLength;
    const timer = setTimeout(() => {
      if (socket.bytesRead !== before) return;
      // A handshake of TLS that never began is told of as such.
      if (tls === undefined) onRefused('handshake-timeout', arrivalOf(socket).remoteAddress, 'said nothing');
      socket.destroy();
    }, handshakeTimeoutMs);
    socket.once('close', () => clearTimeout(timer));
  });
}

/** Answers to requests that are none, or take too long; any other of the parser's complaints is a bad request. */
const requestFaults: Readonly<Record<string, readonly [CloseReason, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['handshake-timeout', '408 Request Timeout'],
  HPE_HEADER_OVERFLOW: ['too-large', '431 Request Header Fields Too Large'],
};

/** What ends by itself, or in its TLS handshake, is not told of here. */
function answerFaults(server: Server, { onRefused }: WebSocketListenerOptions): void {
  server.on('clientError', ({ code = '' }: Error & { readonly code?: string }, socket: Duplex) => {
    const isBad = code.startsWith('HPE_') || Object.hasOwn(requestFaults, code);
    if (!isBad || !socket.writable) return void socket.destroy();
    const [reason, status] = requestFaults[code] ?? (['malformed', '400 Bad Request'] as const);
    onRefused(reason, arrivalOf(socket as Socket).remoteAddress, code);
    end(socket, status);
  });
}
