import type { AddressInfo, Server } from 'node:net';
import { guardEntrance } from './accept-gate.ts';
import { createTcpListener, type TcpTransport, type TlsFiles } from './tcp.ts';
import { formatAddress } from './transport.ts';
import { createWebSocketListener, type WebSocketTransport } from './websocket.ts';

export interface ListenerConfig {
  readonly name: string;
  readonly protocol: 'mqtt' | 'mqtts' | 'ws' | 'wss';
  readonly host: string;
  readonly port: number;
  readonly maxConnections?: number | undefined;
  readonly allowedOrigins: readonly string[];
  readonly tls?: TlsFiles | undefined;
}

export interface ListenerEvents {
  onMqtt(transport: TcpTransport | WebSocketTransport, listener: string): void;
  onDevice(transport: WebSocketTransport, listener: string): void;
  /** Whether a socket from this `address:port` is let in at all; asked before anything else is done with it. */
  mayEnter(address: string): boolean;
  onUpgradeRefused(address: string): void;
  /** A connection above the listener's `maxConnections` was closed unseen. */
  onDropped(listener: string, address: string): void;
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
      const server = this.#create(config);
      if (config.maxConnections !== undefined) server.maxConnections = config.maxConnections;
      guardEntrance(server, (socket) =>
        this.#events.mayEnter(formatAddress(socket.remoteAddress, socket.remotePort)),
      );
      server.on('drop', (dropped) =>
        this.#events.onDropped(config.name, formatAddress(dropped?.remoteAddress, dropped?.remotePort)),
      );
      this.#servers.push(server);
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

  #create(config: ListenerConfig): Server {
    const { name } = config;
    if (config.protocol === 'mqtt' || config.protocol === 'mqtts') {
      return createTcpListener(config.tls, this.#limits.handshakeTimeoutMs, (transport) =>
        this.#events.onMqtt(transport, name),
      );
    }
    return createWebSocketListener({
      tls: config.tls,
      allowedOrigins: config.allowedOrigins,
      maxFrameBytes: this.#limits.maxPacketBytes,
      handshakeTimeoutMs: this.#limits.handshakeTimeoutMs,
      onMqtt: (transport) => this.#events.onMqtt(transport, name),
      onDevice: (transport) => this.#events.onDevice(transport, name),
      onRefused: (_reason, address) => this.#events.onUpgradeRefused(address),
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
