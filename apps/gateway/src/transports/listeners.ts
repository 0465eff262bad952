import type { AddressInfo, Server } from 'node:net';
import type { CloseReason } from '@tributary/protocol';
import { AcceptGate, type ProxyRule } from './accept-gate.ts';
import type { Visit } from './arrival.ts';
import { createTcpListener, type TcpTransport } from './tcp.ts';
import { type ListenerCertificate, ListenerTls, type TlsEvents } from './tls/listener-tls.ts';
import type { TlsSettings } from './tls/tls-settings.ts';
import { formatAddress } from './transport.ts';
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

/** Where a listener listens. */
export interface ListenerAddress {
  readonly name: string;
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
}

/** The node's doors: opened together, closed together. */
export class Listeners {
  readonly #configs: readonly ListenerConfig[];
  readonly #limits: { readonly maxPacketBytes: number; readonly handshakeTimeoutMs: number };
  readonly #events: ListenerEvents;
  readonly #servers: Server[] = [];
  readonly #tls = new Map<string, ListenerTls>();
  #isClosed = false;

  constructor(
    configs: readonly ListenerConfig[],
    limits: { readonly maxPacketBytes: number; readonly handshakeTimeoutMs: number },
    events: ListenerEvents,
  ) {
    this.#configs = configs;
    this.#limits = limits;
    this.#events = events;
  }

  /** @throws when an address cannot be had, naming the listener */
  async open(): Promise<ListenerAddress[]> {
    const addresses: ListenerAddress[] = [];
    for (const config of this.#configs) {
      if (this.#isClosed) break;
      const tls = this.#tlsOf(config);
      const server = this.#create(config, this.#gateOf(config), tls);
      if (config.maxConnections !== undefined) server.maxConnections = config.maxConnections;
      server.on('drop', (dropped) => {
        const address = formatAddress(dropped?.remoteAddress, dropped?.remotePort);
        this.#events.onRefused('server-busy', address, config.name, 'above maxConnections');
      });
      this.#servers.push(server);
      await tls?.start();
      await listen(server, config);
      if (this.#isClosed) server.close();
      if (!server.listening) break;
      const { address, port } = server.address() as AddressInfo;
      addresses.push({ name: config.name, protocol: config.protocol, address, port });
    }
    return addresses;
  }

  /** Takes no more connections; those that stand are not touched. Idempotent. */
  close(): void {
    this.#isClosed = true;
    for (const server of this.#servers) if (server.listening) server.close();
  }

  /** TLS of a listener; undefined where it has none. */
  tlsOf(listener: string): ListenerTls | undefined {
    return this.#tls.get(listener);
  }

  /** How the certificates of listeners stand. */
  certificates(): ListenerCertificate[] {
    return [...this.#tls.values()].map(({ certificate }) => certificate);
  }

  /** Fetches revocation lists anew, as another node has found newer ones. */
  async refreshRevocations(): Promise<void> {
    await Promise.all([...this.#tls.values()].map((tls) => tls.refreshRevocations()));
  }

  #tlsOf({ name, tls: settings }: ListenerConfig): ListenerTls | undefined {
    if (settings === undefined) return undefined;
    const tls = new ListenerTls(name, settings, this.#events.tls, () => this.#events.now());
    this.#tls.set(name, tls);
    return tls;
  }

  #gateOf({ name, protocol, proxy }: ListenerConfig): AcceptGate {
    const isTls = protocol === 'mqtts' || protocol === 'wss';
    return new AcceptGate(proxy, {
      enter: (address, stage) => this.#events.enter(address, name, isTls && stage === 'accepted'),
      onRefused: (reason, address, detail) => this.#events.onRefused(reason, address, name, detail),
      onForwardedIgnored: () => this.#events.onForwardedIgnored(),
    });
  }

  /** The server of a listener, with its gate in front; not listening yet. */
  #create(config: ListenerConfig, gate: AcceptGate, tls: ListenerTls | undefined): Server {
    const server = this.#createUnguarded(config, gate, tls);
    gate.guard(server);
    return server;
  }

  #createUnguarded(config: ListenerConfig, gate: AcceptGate, tls: ListenerTls | undefined): Server {
    const { name } = config;
    if (config.protocol === 'mqtt' || config.protocol === 'mqtts') {
      return createTcpListener(tls, this.#limits.handshakeTimeoutMs, (transport) =>
        this.#events.onMqtt(transport, name),
      );
    }
    return createWebSocketListener({
      tls,
      gate,
      allowedOrigins: config.allowedOrigins,
      maxFrameBytes: this.#limits.maxPacketBytes,
      handshakeTimeoutMs: this.#limits.handshakeTimeoutMs,
      onMqtt: (transport) => this.#events.onMqtt(transport, name),
      onDevice: (transport) => this.#events.onDevice(transport, name),
      onRefused: (reason, address, detail) => this.#events.onRefused(reason, address, name, detail),
    });
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
