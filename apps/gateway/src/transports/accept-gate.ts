import type { IncomingMessage } from 'node:http';
import type { Server, Socket } from 'node:net';
import { type CloseReason, ProtocolError } from '@tributary/protocol';
import { type Arrival, arrivalOf, setArrival, type Visit } from './arrival.ts';
import { type ForwardedHeader, sourceOfChain } from './forwarded.ts';
import type { ProxySource, ProxyVersions } from './proxy-protocol.ts';
import { takeProxyHeader } from './take-proxy-header.ts';
import { formatAddress } from './transport.ts';
import { TrustedProxies } from './trusted.ts';

/** What a listener believes of those in front of it. */
export interface ProxyRule {
  /** The header every connection must begin with, sent by a trusted proxy. */
  readonly protocol: 'off' | ProxyVersions;
  /** Header of a trusted proxy's request that names the device. */
  readonly header: 'none' | ForwardedHeader;
  /** Blocks of addresses. */
  readonly trusted: readonly string[];
  /** For the whole PROXY header. */
  readonly timeoutMs: number;
}

export interface GateEvents {
  /** Asked of every connection, by the address it really comes from; undefined: it is not let in, and that is counted. */
  enter(address: string, stage: 'accepted' | 'requested'): Visit | undefined;
  /** A connection is turned away for what its proxy said, or for being none. */
  onRefused(reason: CloseReason, address: string, detail: string): void;
  /** Somebody who is no trusted proxy says for whom it speaks. */
  onForwardedIgnored(): void;
}

/**
 * The entrance of a listener: finds out where a connection really comes from, and asks whether that may come in, before TLS
 * and HTTP see it. One that may not is gone before it has cost anything.
 */
export class AcceptGate {
  readonly #events: GateEvents;
  #rule: ProxyRule;
  #trusted: TrustedProxies;

  constructor(rule: ProxyRule, events: GateEvents) {
    this.#events = events;
    this.#rule = rule;
    this.#trusted = new TrustedProxies(rule.trusted);
  }

  /** For connections from now on. */
  configure(rule: ProxyRule): void {
    this.#rule = rule;
    this.#trusted = new TrustedProxies(rule.trusted);
  }

  /** Stands in front of everything that listens for connections by now. */
  guard(server: Server): void {
    const inside = server.listeners('connection') as ((socket: Socket) => void)[];
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) =>
      this.#arrived(socket, () => {
        for (const take of inside) take.call(server, socket);
      }),
    );
    // Servers without TLS never say so.
    server.on('secureConnection', (socket: Socket) => arrivalOf(socket).visit?.secured());
  }

  /** Who asks for an upgrade; where it is turned away, the status of the answer. */
  askedBy(request: IncomingMessage): Arrival | { readonly status: string } {
    const below = arrivalOf(request.socket);
    if (below.visit !== undefined) {
      const isIgnored = saysForWhom(request) && !this.#trusted.has(below.remoteAddress);
      if (isIgnored) this.#events.onForwardedIgnored();
      return below;
    }
    try {
      return this.#letRequestIn(request, this.#sourceOf(request, below.remoteAddress));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#events.onRefused(error.code, below.remoteAddress, error.message);
      return { status: '400 Bad Request' };
    }
  }

  /** The device of a trusted proxy's request; the proxy itself where that names none. */
  #sourceOf({ headers }: IncomingMessage, peer: string): string {
    const { header } = this.#rule;
    const chain = header === 'none' ? undefined : headers[header];
    return header === 'none' || chain === undefined
      ? peer
      : sourceOfChain(header, String(chain), peer, this.#trusted);
  }

  #letRequestIn({ socket }: IncomingMessage, remoteAddress: string): Arrival | { readonly status: string } {
    const visit = this.#events.enter(remoteAddress, 'requested');
    if (visit === undefined) return { status: '429 Too Many Requests' };
    socket.once('close', () => visit.left());
    return { remoteAddress, isBehindProxy: true, visit };
  }

  #arrived(socket: Socket, letIn: () => void): void {
    // Gone before anybody looked, as the probes of balancers are.
    if (socket.remoteAddress === undefined) return void socket.destroy();
    const peer = formatAddress(socket.remoteAddress, socket.remotePort);
    const { protocol, timeoutMs } = this.#rule;
    if (protocol === 'off') return this.#ask(socket, peer, false, letIn);
    if (!this.#trusted.has(peer)) return this.#refuse(socket, 'untrusted-proxy', peer, 'no trusted proxy');
    takeProxyHeader(
      socket,
      { versions: protocol, timeoutMs },
      {
        onHeader: (source) => this.#ask(socket, endpointOf(source) ?? peer, source !== undefined, letIn),
        onFault: (reason, detail) => this.#refuse(socket, reason, peer, detail),
        onGone: () => socket.destroy(),
      },
    );
  }

  #ask(socket: Socket, remoteAddress: string, isBehindProxy: boolean, letIn: () => void): void {
    // A proxy that names the device in its request comes in unasked: the device will be asked about.
    const isNamedLater = this.#rule.header !== 'none' && this.#trusted.has(remoteAddress);
    const visit = isNamedLater ? undefined : this.#events.enter(remoteAddress, 'accepted');
    if (visit === undefined && !isNamedLater) return void socket.resetAndDestroy();
    if (visit !== undefined) socket.once('close', () => visit.left());
    setArrival(socket, { remoteAddress, isBehindProxy, visit });
    letIn();
  }

  #refuse(socket: Socket, reason: CloseReason, address: string, detail: string): void {
    this.#events.onRefused(reason, address, detail);
    socket.resetAndDestroy();
  }
}

const endpointOf = (source: ProxySource | undefined): string | undefined =>
  source === undefined ? undefined : formatAddress(source.address, source.port);

const saysForWhom = ({ headers }: IncomingMessage): boolean =>
  headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
