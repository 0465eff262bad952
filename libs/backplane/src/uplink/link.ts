import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { RedisAddress } from '../redis-address.ts';
import { uplinkScripts } from '../scripts.ts';
import { type OnReply, ReplyType, RespReader } from './resp-reader.ts';

export interface LinkOptions {
  readonly address: RedisAddress;
  /** Name of the connection in CLIENT LIST. */
  readonly name: string;
  /** Until the socket stands and the preparations are answered. */
  readonly connectTimeoutMs: number;
}

export interface LinkEvents {
  /** Prepared: commands may be written. */
  onOpen(): void;
  /** A reply to a command, in the order of the commands. */
  onReply: OnReply;
  /** All replies of one chunk have been handed over. */
  onChunkEnd(): void;
  /** The socket is gone; what was not answered has an unknown outcome. Called once for each connection. */
  onDown(why: string): void;
}

/** What the new connection must know of the one before it. */
interface Predecessor {
  readonly clientId: string;
  /** `run_id` of the server that gave the id: another process gives the same numbers to others. */
  readonly runId: string;
}

const firstRetryMs = 50;
const lastRetryMs = 1000;

/**
 * The uplink's own connection to one Redis master, for as long as the node lives: connects, prepares, and connects
 * again. Preparing means: authenticate, load the scripts, learn the connection's id, and end the previous connection by
 * its id before anything is sent, because Redis may still execute what the abandoned one had sent.
 */
export class UplinkLink {
  readonly #options: LinkOptions;
  readonly #events: LinkEvents;
  #socket: Socket | undefined;
  #state: 'idle' | 'connecting' | 'open' | 'waiting' | 'closed' = 'idle';
  #predecessor: Predecessor | undefined;
  #retryMs = firstRetryMs;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options;
    this.#events = events;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  start(): void {
    if (this.#state === 'idle') this.#connect();
  }

  /** Writes commands, all at once. Only while open; the bytes must stay as they are until they are answered or the link is down. */
  write(batches: readonly { readonly bytes: Uint8Array }[]): void {
    const socket = this.#socket!;
    if (batches.length === 1) {
      socket.write(batches[0]!.bytes);
      return;
    }
    socket.cork();
    for (const { bytes } of batches) socket.write(bytes);
    socket.uncork();
  }

  /** The store works again: the next retry after a failure is a quick one. */
  confirmHealthy(): void {
    this.#retryMs = firstRetryMs;
  }

  /** Gives the connection up and prepares a new one after the retry delay. */
  reset(why: string): void {
    if (this.#socket !== undefined) this.#down(this.#socket, why);
  }

  /** Ends for good. Idempotent. */
  close(): void {
    this.#state = 'closed';
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }

  #connect(): void {
    const { address, connectTimeoutMs } = this.#options;
    this.#state = 'connecting';
    const { host, port } = address;
    const socket =
      address.tls === undefined ? connectTcp({ host, port }) : connectTls({ ...address.tls, host, port });
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 15_000);
    this.#timer = setTimeout(
      () => this.#down(socket, `no connection within ${connectTimeoutMs} ms`),
      connectTimeoutMs,
    );
    const ready = address.tls === undefined ? 'connect' : 'secureConnect';
    let fault = 'closed by Redis';
    socket.once(ready, () => this.#prepare(socket));
    socket.on('error', (error) => (fault = error.message));
    socket.on('close', () => this.#down(socket, fault));
  }

  #prepare(socket: Socket): void {
    const { address, name } = this.#options;
    const steps: { command: string[]; take: (text: string) => string[] | void }[] = [];
    const ask = (command: string[], take: (text: string) => string[] | void = () => {}): void => {
      steps.push({ command, take });
    };
    const self = { clientId: '', runId: '' };
    if (address.password !== undefined) {
      ask(
        address.username === undefined
          ? ['AUTH', address.password]
          : ['AUTH', address.username, address.password],
      );
    }
    if (address.db !== 0) ask(['SELECT', String(address.db)]);
    ask(['CLIENT', 'SETNAME', name]);
    ask(['CLIENT', 'ID'], (text) => void (self.clientId = text));
    ask(['INFO', 'server'], (text) => void (self.runId = /^run_id:(\w+)/m.exec(text)?.[1] ?? ''));
    ask(['INFO', 'replication'], (text) => {
      if (/^role:slave/m.test(text)) throw new Error('READONLY this Redis is a replica');
    });
    for (const script of Object.values(uplinkScripts)) ask(['SCRIPT', 'LOAD', script.source]);
    // Last, so that the answer is the newest thing known when the first command leaves.
    ask(['PING'], () => {
      const before = this.#predecessor;
      const mustKill =
        before !== undefined && before.runId === self.runId && before.clientId !== self.clientId;
      return mustKill ? ['CLIENT', 'KILL', 'ID', before.clientId] : undefined;
    });

    let next = 0;
    const send = (command: string[]): void => {
      socket.write(
        `*${command.length}\r\n${command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`,
      );
    };
    const events = this.#events;
    const onPrepared = (): void => {
      clearTimeout(this.#timer);
      this.#predecessor = self;
      this.#state = 'open';
      events.onOpen();
    };
    const onStep: OnReply = (type, bytes, start, end) => {
      const text = start < 0 ? '' : bytes.toString('utf8', start, end);
      const step = steps[next++]!;
      if (type === ReplyType.ERROR) throw new Error(`${step.command[0]}: ${text}`);
      const more = step.take(text);
      if (more !== undefined) {
        steps.push({ command: more, take: () => {} });
        send(more);
      }
    };
    const reader = new RespReader((type, bytes, start, end) => {
      if (this.#state === 'open') events.onReply(type, bytes, start, end);
      else onStep(type, bytes, start, end);
    });
    socket.on('data', (chunk: Buffer) => {
      if (this.#socket !== socket) return;
      try {
        reader.feed(chunk);
      } catch (error) {
        this.#down(socket, (error as Error).message);
        return;
      }
      if (this.#socket !== socket) return;
      if (this.#state === 'open') events.onChunkEnd();
      else if (next === steps.length) onPrepared();
    });
    for (const step of steps) send(step.command);
  }

  #down(socket: Socket, why: string): void {
    if (this.#socket !== socket) return;
    clearTimeout(this.#timer);
    this.#socket = undefined;
    this.#state = 'waiting';
    socket.destroy();
    const delay = this.#retryMs * (0.75 + Math.random() / 2);
    this.#retryMs = Math.min(this.#retryMs * 2, lastRetryMs);
    this.#timer = setTimeout(() => this.#connect(), delay);
    this.#events.onDown(why);
  }
}
