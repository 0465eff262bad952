import type { Socket } from 'node:net';
import { Backlog, type Batch } from '../backlog.ts';
import { Backoff } from './backoff.ts';

export interface CarrierOptions {
  readonly maxBufferBytes: number;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
}

export interface CarrierEvents {
  onWorks(): void;
  onFailed(error: unknown): void;
}

/** Takes messages to a collector. */
export interface Carrier {
  send(message: string): void;
  readonly dropped: number;
  readonly waitingBytes: number;
  stop(): Promise<void>;
}

const writeBytes = 64 * 1024;
/** A collector that does not answer, or takes nothing, for so long is given up, ms. */
const stallMs = 30_000;
const probeMs = 30_000;
const goodbyeMs = 500;

/**
 * Syslog over a connection, each message with its length before it (octet counting: RFC 6587 section 3.4.1, RFC 5425 section
 * 4.3). One write is out at a time, and what the kernel has not taken when the connection ends goes out again on the next: so
 * a collector may get a message twice, which its sequenceId shows. What the kernel had taken may be lost: syslog knows no answer.
 */
export class StreamCarrier implements Carrier {
  readonly #open: (onReady: () => void) => Socket;
  readonly #events: CarrierEvents;
  readonly #backlog: Backlog;
  readonly #backoff: Backoff;
  #socket: Socket | undefined;
  #isReady = false;
  #isStopped = false;
  #out: Batch | undefined;
  #retry: NodeJS.Timeout | undefined;
  #stall: NodeJS.Timeout | undefined;
  #onIdle: () => void = () => {};

  /** @param open begins a connection; calls back when messages may be written */
  constructor(open: (onReady: () => void) => Socket, options: CarrierOptions, events: CarrierEvents) {
    this.#open = open;
    this.#events = events;
    this.#backlog = new Backlog(options.maxBufferBytes);
    this.#backoff = new Backoff(options.random);
    this.#connect();
  }

  get dropped(): number {
    return this.#backlog.dropped;
  }
  get waitingBytes(): number {
    return this.#backlog.bytes + (this.#out?.bytes.length ?? 0);
  }

  send(message: string): void {
    if (this.#isStopped) return;
    const bytes = Buffer.from(message);
    if (this.#backlog.offer(Buffer.concat([Buffer.from(`${bytes.length} `), bytes]))) this.#pump();
  }

  /** What waits is written if the collector takes it at once. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearTimeout(this.#retry);
    if (this.#isReady && this.waitingBytes > 0) await this.#emptied();
    clearTimeout(this.#stall);
    this.#takeBack();
    this.#backlog.abandon();
    this.#socket?.end();
    setTimeout(() => this.#socket?.destroy(), goodbyeMs).unref();
  }

  #emptied(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, goodbyeMs);
      this.#onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #connect(): void {
    let socket: Socket;
    try {
      socket = this.#open(() => this.#ready(socket));
    } catch (error) {
      this.#failed(error);
      return;
    }
    this.#socket = socket;
    socket.unref();
    socket.setKeepAlive(true, probeMs);
    let cause: unknown = new Error('the collector closed the connection');
    socket.on('error', (error) => (cause = error));
    socket.on('close', () => this.#closed(socket, cause));
    this.#expectProgress(socket);
    // A collector has nothing to say; what it says all the same must not pile up.
    socket.resume();
  }

  #ready(socket: Socket): void {
    if (socket !== this.#socket) return;
    clearTimeout(this.#stall);
    this.#isReady = true;
    this.#events.onWorks();
    this.#pump();
  }

  #pump(): void {
    if (!this.#isReady || this.#out !== undefined) return;
    if (this.#backlog.isEmpty) return this.#onIdle();
    const socket = this.#socket!;
    this.#out = this.#backlog.takeUpTo(writeBytes);
    this.#expectProgress(socket);
    socket.write(this.#out.bytes, (error) => {
      if (error === null || error === undefined) this.#written(socket);
    });
  }

  #expectProgress(socket: Socket): void {
    const giveUp = (): unknown => socket.destroy(new Error('the collector takes nothing'));
    this.#stall = setTimeout(giveUp, stallMs).unref();
  }

  #written(socket: Socket): void {
    if (socket !== this.#socket || this.#out === undefined) return;
    clearTimeout(this.#stall);
    this.#out = undefined;
    this.#backoff.reset();
    this.#pump();
  }

  #closed(socket: Socket, cause: unknown): void {
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    this.#isReady = false;
    clearTimeout(this.#stall);
    this.#takeBack();
    this.#onIdle();
    this.#failed(cause);
  }

  /** What the kernel may not have taken. */
  #takeBack(): void {
    if (this.#out !== undefined) this.#backlog.giveBack(this.#out);
    this.#out = undefined;
  }

  #failed(error: unknown): void {
    if (this.#isStopped) return;
    this.#events.onFailed(error);
    this.#retry = setTimeout(() => this.#connect(), this.#backoff.nextMs()).unref();
  }
}
