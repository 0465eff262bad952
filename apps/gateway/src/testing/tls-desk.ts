import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, createServer, type Server, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { ListenerTls } from '../transports/tls/listener-tls.ts';
import { certificateOf, type PeerCertificate } from '../transports/tls/peer-certificate.ts';
import type { TlsEvents } from '../transports/tls/tls-events.ts';
import type { TlsSettings } from '../transports/tls/tls-settings.ts';
import { until } from './until.ts';
import { commonName, makeCertificate, pemOf, type Signer } from './x509.ts';

/** A listener with TLS that echoes, its files, and what it told. */
export class TlsDesk {
  readonly dir = mkdtempSync(join(tmpdir(), 'tributary-tls-desk-'));
  readonly authority = makeCertificate(commonName('Fleet CA'), { isAuthority: true });
  readonly told: string[] = [];
  /** What each client that came in had shown. */
  readonly shown: (PeerCertificate | undefined)[] = [];
  /** Sockets of clients that came in, as the server has them. */
  readonly inside: TLSSocket[] = [];
  /** Sockets of clients, as they have them. */
  readonly clients: TLSSocket[] = [];
  /** Unix ms; the listener's clock. */
  now = Date.now();
  /** Undefined only where it could not be made. */
  tls!: ListenerTls;
  #server!: Server;

  /** `handshakeTimeoutMs`: no handshake of a busy machine takes so long. */
  static async open(
    settings: (desk: TlsDesk) => Partial<TlsSettings> = () => ({}),
    handshakeTimeoutMs = 15_000,
  ): Promise<TlsDesk> {
    const desk = new TlsDesk();
    onTestFinished(() => desk.#close());
    desk.write('server', pemOf(makeCertificate(commonName('server'), { serial: 2, issuer: desk.authority })));
    desk.put('ca.pem', pemOf(desk.authority).cert);
    await desk.#listen(settings(desk), handshakeTimeoutMs);
    return desk;
  }

  file(name: string): string {
    return join(this.dir, name);
  }

  /** Puts a file in place as a whole, as careful programs do. */
  put(name: string, content: string | Buffer): string {
    writeFileSync(this.file(`${name}.new`), content);
    renameSync(this.file(`${name}.new`), this.file(name));
    return this.file(name);
  }

  write(name: string, { cert, key }: { cert: string; key: string }): void {
    this.put(`${name}.key`, key);
    this.put(`${name}.pem`, cert);
  }

  /** Connects; the handshake may yet be refused behind. */
  async connect(options: ConnectionOptions = {}): Promise<TLSSocket> {
    const { port } = this.#server.address() as AddressInfo;
    const ca = pemOf(this.authority).cert;
    const socket = connect({ host: '127.0.0.1', port, ca, ...options });
    this.clients.push(socket);
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    return socket;
  }

  /** Whether a client that connects so is served. */
  async serves(options: ConnectionOptions = {}): Promise<boolean> {
    const socket = await this.connect(options).catch(() => undefined);
    return socket !== undefined && echoes(socket);
  }

  async hasTold(what: string): Promise<void> {
    await until(`${what}; told ${this.told.join(', ')}`, () => this.told.includes(what));
  }

  readonly #events: TlsEvents = {
    onHandshake: (_listener, isResumed) => void this.told.push(isResumed ? 'resumed' : 'full'),
    onFailure: (_listener, _address, failure) => void this.told.push(`failed ${failure}`),
    onRenewed: () => void this.told.push('renewed'),
    onTrouble: (_listener, _place, error) =>
      void this.told.push(`trouble ${(error as { code?: string }).code}`),
    onRevoked: () => void this.told.push('revoked'),
    onFetched: () => void this.told.push('fetched'),
  };

  async #listen(more: Partial<TlsSettings>, handshakeTimeoutMs: number): Promise<void> {
    const files = { certFile: this.file('server.pem'), keyFile: this.file('server.key') };
    const settings = { ...files, minVersion: 'TLSv1.3', ticketLifetimeSeconds: 3600, ...more } as const;
    this.tls = new ListenerTls('mqtts', settings, this.#events, () => this.now);
    this.#server = createServer(this.tls.options(handshakeTimeoutMs), (socket) => {
      this.inside.push(socket);
      this.shown.push(certificateOf(socket));
      socket.on('error', () => undefined);
      socket.pipe(socket);
    });
    this.tls.guard(this.#server);
    await this.tls.start();
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Where it listens. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #close(): void {
    this.tls?.stop();
    for (const socket of [...this.clients, ...this.inside]) socket.destroy();
    this.#server?.close();
    rmSync(this.dir, { recursive: true });
  }
}

/** Whether the other end is there and sends back what it gets. */
export function echoes(socket: TLSSocket): Promise<boolean> {
  return new Promise((resolve) => {
    socket.once('data', () => resolve(true));
    socket.once('close', () => resolve(false));
    if (socket.destroyed) resolve(false);
    socket.write('x');
  });
}

/** A device's certificate as TLS options take it. */
export function deviceOf(issuer: Signer, serial = 100, more: { from?: number; to?: number } = {}) {
  return pemOf(makeCertificate(commonName(`device-${serial}`), { serial, issuer, ...more }));
}

/** The session a client is given, to come back with. */
export function sessionOf(socket: TLSSocket): Promise<Buffer> {
  return new Promise((resolve) => socket.once('session', resolve));
}
