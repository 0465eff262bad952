import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns';
import { Backlog } from '../backlog.ts';
import { Backoff } from './backoff.ts';
import type { Carrier, CarrierEvents, CarrierOptions } from './stream-carrier.ts';

/** Most datagrams given to the system at a time. */
const maxOut = 64;

/** Syslog over UDP (RFC 5426): a message, a datagram. Whether it arrives, nobody knows. */
export class DatagramCarrier implements Carrier {
  readonly #address: { readonly host: string; readonly port: number };
  readonly #events: CarrierEvents;
  readonly #backlog: Backlog;
  readonly #backoff: Backoff;
  #socket: Socket | undefined;
  #isReady = false;
  #isStopped = false;
  #out = 0;
  /** Datagrams the system refused. */
  #lost = 0;
  #retry: NodeJS.Timeout | undefined;

  constructor(
    address: { readonly host: string; readonly port: number },
    options: CarrierOptions,
    events: CarrierEvents,
  ) {
    this.#address = address;
    this.#events = events;
    this.#backlog = new Backlog(options.maxBufferBytes);
    this.#backoff = new Backoff(options.random);
    this.#find();
  }

  get dropped(): number {
    return this.#backlog.dropped + this.#lost;
  }
  get waitingBytes(): number {
    return this.#backlog.bytes;
  }

  send(message: string): void {
    if (!this.#isStopped && this.#backlog.offer(Buffer.from(message))) this.#pump();
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearTimeout(this.#retry);
    this.#closeIfDone();
  }

  #find(): void {
    lookup(this.#address.host, (error, address, family) => {
      if (this.#isStopped) return;
      if (error !== null) return this.#failed(error);
      const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
      socket.unref();
      this.#socket = socket;
      socket.on('error', (fault) => this.#broken(socket, fault));
      socket.connect(this.#address.port, address, () => {
        this.#isReady = true;
        this.#pump();
      });
    });
  }

  #pump(): void {
    while (this.#isReady && this.#out < maxOut && !this.#backlog.isEmpty) {
      this.#out++;
      this.#socket!.send(this.#backlog.take()!, (error) => this.#sent(error));
    }
    this.#closeIfDone();
  }

  /** A refusal is of the datagram before: the one at hand is lost with it. */
  #sent(error: Error | null): void {
    this.#out--;
    if (error === null) {
      this.#backoff.reset();
      this.#events.onWorks();
    } else {
      this.#lost++;
      this.#events.onFailed(error);
    }
    this.#pump();
  }

  #closeIfDone(): void {
    if (!this.#isStopped || this.#out > 0) return;
    this.#backlog.abandon();
    this.#isReady = false;
    this.#socket?.close();
    this.#socket = undefined;
  }

  #broken(socket: Socket, error: Error): void {
    if (socket !== this.#socket) return;
    this.#isReady = false;
    this.#socket = undefined;
    socket.close();
    this.#failed(error);
  }

  #failed(error: unknown): void {
    if (this.#isStopped) return;
    this.#events.onFailed(error);
    this.#retry = setTimeout(() => this.#find(), this.#backoff.nextMs()).unref();
  }
}
