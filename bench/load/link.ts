import { connect, type Socket } from 'node:net';
import { loopbackAddress } from './loopback.ts';
import type { Endpoint, Fault } from './plan.ts';
import { Delay, Dribble, type Shaper } from './shaper.ts';

/** What a link tells its device. */
export interface LinkEvents {
  opened(): void;
  /** `bytes[0, length)` is overwritten by the next read of any link. */
  bytes(bytes: Buffer, length: number): void;
  /** Writing may go on. */
  drained(): void;
  /** Once, and the last call. */
  closed(reason: string): void;
}

const mostQueuedBytes = 256 * 1024;
/** How long a server may take to close after a goodbye. */
const goodbyeMs = 2000;

// Reads are handed on before the next one begins, so all sockets of the process share one buffer.
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);

/** A socket to a server on this machine, with its faults. */
export class Link {
  readonly #events: LinkEvents;
  readonly #socket: Socket;
  readonly #fault: Fault | undefined;
  #shaper: Shaper | undefined;
  #timers: NodeJS.Timeout[] = [];
  #gathered: Buffer[] | undefined;
  #isMute = false;
  #error: string | undefined;

  /** @throws RangeError when the endpoint is not on this machine. */
  constructor(endpoint: Endpoint, fault: Fault | undefined, events: LinkEvents) {
    this.#events = events;
    this.#fault = fault;
    this.#socket = connect({
      host: loopbackAddress(endpoint.host),
      port: endpoint.port,
      noDelay: true,
      onread: { buffer: readBuffer, callback: (length) => this.#read(length) },
    });
    this.#socket.once('connect', () => events.opened());
    this.#socket.on('drain', () => events.drained());
    this.#socket.on('error', (error: NodeJS.ErrnoException) => (this.#error = error.code ?? error.message));
    this.#socket.once('close', () => {
      this.#stopFaults();
      events.closed(this.#error ?? 'ended');
    });
    if (fault?.kind === 'dribble' && fault.from === 'start') this.#dribble(fault.bytesPerSecond);
  }

  /** The device was let in: faults that begin then, begin. */
  admitted(): void {
    const fault = this.#fault;
    if (fault === undefined) return;
    if (fault.kind === 'dribble' && this.#shaper === undefined) this.#dribble(fault.bytesPerSecond);
    if (fault.kind === 'bad-link') this.#weaken(fault);
    if (fault.kind === 'stop-reading') this.#after(fault.afterMs, () => this.#socket.pause());
    if (fault.kind === 'half-open') {
      this.#after(fault.afterMs, () => {
        this.#isMute = true;
        this.#socket.pause();
      });
    }
  }

  /** More should not be written now. */
  get isCongested(): boolean {
    return this.#socket.writableNeedDrain || (this.#shaper?.queuedBytes ?? 0) > mostQueuedBytes;
  }

  write(bytes: Buffer): void {
    if (this.#isMute) return;
    if (this.#gathered !== undefined) this.#gathered.push(bytes);
    else this.#send(bytes);
  }

  /** Joins everything written until `flush` into one write. Not nested. */
  gather(): void {
    this.#gathered = [];
  }
  flush(): void {
    const gathered = this.#gathered;
    this.#gathered = undefined;
    if (gathered === undefined || gathered.length === 0) return;
    this.#send(gathered.length === 1 ? gathered[0]! : Buffer.concat(gathered));
  }

  /** Says `last` and ends. */
  end(last: Buffer): void {
    if (this.#socket.connecting) return this.destroy();
    this.#stopFaults();
    this.#socket.resume();
    this.#socket.end(last);
    this.#after(goodbyeMs, () => this.destroy());
  }
  /** Breaks the connection with a reset. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }
  destroy(): void {
    this.#socket.destroy();
  }

  #read(length: number): boolean {
    this.gather();
    try {
      this.#events.bytes(readBuffer, length);
    } catch (error) {
      this.#error = `bad-answer (${(error as Error).message})`;
      this.destroy();
    } finally {
      this.flush();
    }
    return true;
  }

  #send(bytes: Buffer): void {
    if (this.#shaper !== undefined) this.#shaper.write(bytes);
    else if (this.#socket.writable) this.#socket.write(bytes);
  }

  #dribble(bytesPerSecond: number): void {
    this.#shaper = new Dribble(bytesPerSecond, (bytes) => this.#socket.write(bytes));
  }

  #weaken(fault: Extract<Fault, { kind: 'bad-link' }>): void {
    const delay = new Delay(fault, (bytes) => this.#socket.write(bytes));
    this.#shaper = delay;
    const { pauseEveryMs, pauseMs = 1000, breakEveryMs } = fault;
    if (pauseEveryMs !== undefined) {
      const pause = (): void => {
        delay.hold(pauseMs);
        this.#socket.pause();
        this.#after(pauseMs, () => this.#socket.resume());
        this.#after(spread(pauseEveryMs), pause);
      };
      this.#after(spread(pauseEveryMs), pause);
    }
    if (breakEveryMs !== undefined) {
      this.#after(spread(breakEveryMs), () => {
        this.#error = 'own';
        this.reset();
      });
    }
  }

  #after(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.splice(this.#timers.indexOf(timer), 1);
      act();
    }, ms);
    this.#timers.push(timer);
  }

  #stopFaults(): void {
    this.#timers.forEach((timer) => clearTimeout(timer));
    this.#timers = [];
    this.#shaper?.stop();
    this.#shaper = undefined;
  }
}

/** `ms` ± half of it, so that a fleet's events do not fall together. */
export const spread = (ms: number): number => ms * (0.5 + Math.random());
