import type { AddressInfo, Server } from 'node:net';
import { adviceOf, type CloseReason } from '@tributary/protocol';
import { AcceptGate, type ProxyRule } from './accept-gate.ts';
import type { Visit } from './arrival.ts';
import { createTcpListener, type TcpTransport } from './tcp.ts';
import { ListenerTls } from './tls/listener-tls.ts';
import type { TlsEvents } from './tls/tls-events.ts';
import type { TlsSettings } from './tls/tls-settings.ts';
import { formatAddress, type TransportEvents } from './transport.ts';
import { createWebSocketListener, type WebSocketTransport } from './websocket.ts';

export interface ListenerConfig {
  readonly name: string;
  readonly protocol: 'mqtt' | 'mqtts' | 'ws' | 'wss';
  readonly host: string;
  readonly port: number;
  readonly maxConnections?: number | undefined;
  readonly allowedOrigins: readonly string[];
  readonly proxy: ProxyRule;
  readonly tls?: TlsSettings | undefined;
}

export interface ListenerEvents {
  onMqtt(transport: TcpTransport | WebSocketTransport, listener: string): void;
  onDevice(transport: WebSocketTransport, listener: string): void;
  /**
   * Asked of every connection before anything else is done with it, by the `address:port` it really comes from; undefined:
   * it is not let in, and that is counted.
   * @param isSecuring its TLS handshake begins now
   */
  enter(address: string, listener: string, isSecuring: boolean): Visit | undefined;
  /** A connection was turned away before it was one: unseen above `maxConnections`, at its PROXY header, at its upgrade. */
  onRefused(reason: CloseReason, address: string, listener: string, detail: string): void;
  /** Somebody who is no trusted proxy said for whom it speaks. */
  onForwardedIgnored(): void;
  readonly tls: TlsEvents;
  /** Unix ms. */
  now(): number;
}

export interface ListenerLimits {
  readonly maxPacketBytes: number;
  readonly handshakeTimeoutMs: number;
}

/** Where a listener listens. */
export interface ListenerAddress {
  readonly name: string;
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
}

/** Hears the end of a socket nobody has a use for: unheard, an error of it would be the end of the process. */
const nobody: TransportEvents = {
  onBytes() {},
  onText() {},
  onUnfinished() {},
  onFault() {},
  onPong() {},
  onDrained() {},
  onClosed() {},
};

/** One listener: its server, and what of it may change while it is open. */
export class Door {
  readonly tls: ListenerTls | undefined;
  readonly #limits: () => ListenerLimits;
  readonly #events: ListenerEvents;
  readonly #gate: AcceptGate;
  readonly #server: Server;
  #config: ListenerConfig;
  #isGreeting = false;
  #isClosed = false;

  /** Not open yet. `limits` are asked for each connection. @throws TlsFileError when a file cannot be used */
  constructor(config: ListenerConfig, limits: () => ListenerLimits, events: ListenerEvents) {
    this.#config = config;
    this.#limits = limits;
    this.#events = events;
    this.tls = config.tls && new ListenerTls(config.name, config.tls, events.tls, () => events.now());
    this.#gate = this.#createGate();
    this.#server = this.#createServer();
    this.#gate.guard(this.#server);
    this.#server.on('drop', (dropped) => {
      const address = formatAddress(dropped?.remoteAddress, dropped?.remotePort);
      events.onRefused('server-busy', address, this.name, 'above maxConnections');
    });
    this.#limitConnections();
  }

  get name(): string {
    return this.#config.name;
  }
  get config(): ListenerConfig {
    return this.#config;
  }
  /** Once it is open. */
  get address(): ListenerAddress {
    const { name, protocol } = this.#config;
    const { address, port } = this.#server.address() as AddressInfo;
    return { name, protocol, address, port };
  }

  /** Listens; nobody is let in before `greet`. @throws when the address cannot be had, naming the listener */
  async open(): Promise<void> {
    await this.tls?.start();
    await listen(this.#server, this.#config);
  }

  /** Lets in who comes. */
  greet(): void {
    this.#isGreeting = true;
  }

  /** Whether `config` can be had of this door while it stays open. */
  canBecome({ name, protocol, host, port }: ListenerConfig): boolean {
    const own = this.#config;
    return name === own.name && protocol === own.protocol && host === own.host && port === own.port;
  }

  /** Other options of the same place, for connections from now on. Its TLS is told apart. */
  configure(config: ListenerConfig): void {
    this.#config = config;
    this.#gate.configure(config.proxy);
    this.#limitConnections();
  }

  /**
   * Takes no more connections; those that stand are not touched, those of which nobody knows yet end when their handshake is
   * done. Idempotent. @param onEmpty the last of them has ended
   */
  close(onEmpty?: () => void): void {
    this.#isClosed = true;
    if (onEmpty !== undefined) this.#server.once('close', onEmpty);
    if (this.#server.listening) this.#server.close();
    else this.tls?.stop();
  }

  #limitConnections(): void {
    // It may have had a limit before.
    this.#server.maxConnections = this.#config.maxConnections ?? Infinity;
  }

  #createGate(): AcceptGate {
    const { name, protocol, proxy } = this.#config;
    const isTls = protocol === 'mqtts' || protocol === 'wss';
    const events = this.#events;
    return new AcceptGate(proxy, {
      enter: (address, stage) =>
        this.#isGreeting ? events.enter(address, name, isTls && stage === 'accepted') : undefined,
      onRefused: (reason, address, detail) => events.onRefused(reason, address, name, detail),
      onForwardedIgnored: () => events.onForwardedIgnored(),
    });
  }

  #createServer(): Server {
    const { name, protocol } = this.#config;
    const events = this.#events;
    const { handshakeTimeoutMs } = this.#limits();
    if (protocol === 'mqtt' || protocol === 'mqtts') {
      return createTcpListener(this.tls, handshakeTimeoutMs, (transport) =>
        this.#hand(transport, events.onMqtt),
      );
    }
    return createWebSocketListener({
      tls: this.tls,
      gate: this.#gate,
      allowedOrigins: () => this.#config.allowedOrigins,
      maxFrameBytes: () => this.#limits().maxPacketBytes,
      handshakeTimeoutMs,
      onMqtt: (transport) => this.#hand(transport, events.onMqtt),
      onDevice: (transport) => this.#hand(transport, events.onDevice),
      onRefused: (reason, address, detail) => events.onRefused(reason, address, name, detail),
    });
  }

  /** Its device would be missed by whoever lets those of a removed listener go. */
  #hand<T extends TcpTransport | WebSocketTransport>(
    transport: T,
    take: (transport: T, listener: string) => void,
  ): void {
    if (!this.#isClosed) return take(transport, this.name);
    this.#events.onRefused('drained', transport.remoteAddress, this.name, 'its listener was removed');
    transport.attach(nobody);
    transport.close(adviceOf('drained').ws, 'drained');
  }
}

function listen(server: Server, config: ListenerConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => {
      reject(
        new Error(`listener ${config.name} (${config.host}:${config.port}): ${error.message}`, {
          cause: error,
        }),
      );
    };
    server.once('error', onError);
    server.listen({ port: config.port, host: config.host, backlog: 4096 }, () => {
      server.off('error', onError);
      resolve();
    });
  });
}
