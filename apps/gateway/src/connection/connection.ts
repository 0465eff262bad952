import { adviceOf, type CloseReason, ProtocolError } from '@tributary/protocol';
import type { Counters } from '../counters.ts';
import type { Transport, TransportEvents } from '../transports/transport.ts';
import { Timed, type Deadlines } from './deadlines.ts';
import type { OutboxFlusher } from './outbox.ts';
import type { PacketTap } from './packet-tap.ts';

/** What every connection of a node shares. */
export interface ConnectionServices {
  readonly deadlines: Deadlines;
  readonly flusher: OutboxFlusher;
  readonly counters: Counters;
  readonly limits: ConnectionLimits;
  /** Unix ms. */
  readonly now: () => number;
  /** An error nobody foresaw: it ends the connection it came from, and is told here with its stack. */
  readonly onBug: (error: unknown, connection: Connection) => void;
}

export interface ConnectionLimits {
  readonly handshakeTimeoutMs: number;
  readonly maxPacketBytes: number;
  readonly maxTopicBytes: number;
  readonly maxTopicLevels: number;
  readonly maxOutboxBytes: number;
  /** How long a device may take nothing of what waits for it, ms. */
  readonly slowConsumerMs: number;
}

/**
 * `greeting`: waits for CONNECT or hello. `admitting`: it came, and is being answered. `active`: packets flow.
 * `closed`: the first reason has won, nothing more is read or said.
 */
export type ConnectionState = 'greeting' | 'admitting' | 'active' | 'closed';

const moves = {
  greeting: ['admitting', 'closed'],
  admitting: ['active', 'closed'],
  active: ['closed'],
  closed: [],
} as const satisfies Record<ConnectionState, readonly ConnectionState[]>;

const ignore = (): void => {};
const always = (): boolean => true;

/** Why reading is stopped; several may hold at once. */
export const PauseCause = {
  ADMITTING: 1,
  WINDOW: 2,
  SATURATED: 4,
  STOPPING: 8,
  SUBSCRIBING: 16,
  THROTTLED: 32,
  OVERLOAD: 64,
} as const;
export type PauseCause = (typeof PauseCause)[keyof typeof PauseCause];

/**
 * A transport speaking packets: the part MQTT and plain devices have in common. It reads only while nothing pauses it,
 * says why it ends exactly once, and hands what happens up through `onEnded`.
 */
export abstract class Connection extends Timed implements TransportEvents {
  readonly transport: Transport;
  /** Name of the listener it came through. */
  readonly listener: string;
  /** Unix ms at which the bytes being read now, or last, came. */
  heardAt: number;
  /** Changes whenever something was heard or said. */
  activity = 0;
  /** Called once, when the connection has ended or been ended. */
  onEnded: (reason: CloseReason, detail: string | undefined) => void = ignore;
  /** Asked before each packet of an active connection: false leaves it unread, and whoever says so resumes reading. */
  mayTake: () => boolean = always;
  /** A WebSocket pong came, with the token of its ping. */
  onPonged: (token: number) => void = ignore;
  /** What had piled up for a slow socket is written. */
  onDrain: () => void = ignore;
  /** Looks on; undefined for all but the few connections somebody wants to see. */
  tap: PacketTap | undefined;
  protected readonly services: ConnectionServices;
  #state: ConnectionState = 'greeting';
  #pauses = 0;
  #isRoomAwaited = false;
  /** Monotonic ms at which a message first found no room; undefined since the socket drained. */
  #fullSinceMs: number | undefined;
  #takenWhenFull = 0;
  #keepAliveMs = 0;
  /** Monotonic, of the last tick before it was heard. */
  #heardMs: number;
  /** Since it was last asked for. */
  #longestSilenceMs = 0;
  /** The socket refuses bytes since then; 0: it takes them. Exact, unlike those above. */
  #blockedSinceMs = 0;
  #stalledMs = 0;

  constructor(transport: Transport, listener: string, services: ConnectionServices) {
    super();
    this.transport = transport;
    this.listener = listener;
    this.services = services;
    this.heardAt = services.now();
    this.#heardMs = services.deadlines.nowMs;
    services.deadlines.arm(this, services.limits.handshakeTimeoutMs);
  }

  /** Protocol name as in records and metrics: `mqtt3.1.1`, `mqtt5`, `tributary.v1`. */
  abstract readonly protocol: string;
  /** Hands what is gathered to the transport. */
  protected abstract writeGathered(): void;
  /** Says the end in the protocol's own way, before the transport is closed. */
  protected abstract sayClosed(reason: CloseReason, previous: ConnectionState): void;
  /** Reads on in what is buffered, until it pauses or nothing is left. */
  protected abstract readBuffered(): void;

  get state(): ConnectionState {
    return this.#state;
  }
  get isPaused(): boolean {
    return this.#pauses !== 0;
  }

  isPausedBy(cause: PauseCause): boolean {
    return (this.#pauses & cause) !== 0;
  }

  /** Bytes said and not yet handed to the transport. */
  abstract readonly gatheredBytes: number;

  /**
   * Whether a message of so many bytes may be said now. Messages get half of the outbox, so that answers always find room,
   * and one of any size when nothing waits. After a no `onDrain` tells when there is room again.
   */
  hasRoomFor(bytes: number): boolean {
    if (this.#fits(bytes)) return true;
    // Gathered in one turn is not slow: what the kernel takes at once makes room.
    if (this.gatheredBytes > 0) this.flush();
    if (this.#fits(bytes)) return true;
    this.#isRoomAwaited = true;
    return false;
  }

  #fits(bytes: number): boolean {
    // What the kernel is about to take does not count: nothing would tell when it has.
    const waiting = this.gatheredBytes + (this.transport.isBlocked ? this.transport.pendingBytes : 0);
    return waiting === 0 || waiting + bytes <= this.services.limits.maxOutboxBytes / 2;
  }

  /** A message found no room and is dropped: a device that has taken nothing for too long is let go. */
  refusedRoom(): void {
    const { deadlines, limits } = this.services;
    const { takenBytes } = this.transport;
    if (this.#fullSinceMs === undefined || takenBytes !== this.#takenWhenFull) {
      this.#fullSinceMs = deadlines.nowMs;
      this.#takenWhenFull = takenBytes;
    }
    if (deadlines.nowMs - this.#fullSinceMs >= limits.slowConsumerMs) this.close('slow-consumer');
  }

  /** Writes what is gathered now. */
  flush(): void {
    this.writeGathered();
    this.activity = (this.activity + 1) | 0;
    if (this.#blockedSinceMs === 0 && this.transport.isBlocked)
      this.#blockedSinceMs = this.services.deadlines.exactMs();
    // What the kernel took at once is followed by no news of the transport.
    if (this.#isRoomAwaited && !this.transport.isBlocked) this.onDrained();
  }

  /** Bytes read and not yet taken. */
  abstract readonly bufferedBytes: number;
  /** The packet or frame that is being taken, and what was read behind it. */
  packetBytes = 0;
  behindBytes = 0;

  /** Whether the next packet may be taken now. */
  protected canTake(): boolean {
    return this.#pauses === 0 && this.#state !== 'closed' && (this.#state !== 'active' || this.mayTake());
  }

  /** The greeting is here: it gets an answer before anything behind it is read. */
  protected beginAdmission(): void {
    this.#move('admitting');
    this.pause(PauseCause.ADMITTING);
  }

  /**
   * The answer to the greeting has been given: from here on packets are read. `keepAliveMs` 0 is none; otherwise the
   * connection ends when nothing is heard for one and a half times as long [MQTT-3.1.2-22].
   */
  activate(keepAliveMs: number): void {
    this.#move('active');
    this.#keepAliveMs = keepAliveMs;
    this.#heardMs = this.services.deadlines.nowMs;
    if (keepAliveMs > 0) this.services.deadlines.arm(this, keepAliveMs * 1.5);
    else this.services.deadlines.disarm(this);
    this.resume(PauseCause.ADMITTING);
  }

  /** Stops reading for `cause`. */
  pause(cause: PauseCause): void {
    if (this.#state === 'closed') return;
    if (this.#pauses === 0) {
      this.transport.pause();
      this.services.counters.paused++;
    }
    this.#pauses |= cause;
  }

  /** Takes back one cause; with the last, reading goes on where it stopped. */
  resume(cause: PauseCause): void {
    if (this.#state === 'closed' || (this.#pauses & cause) === 0) return;
    this.#pauses &= ~cause;
    if (this.#pauses !== 0) return;
    this.services.counters.paused--;
    // While paused the device could not be heard: its time begins again.
    this.#heardMs = this.services.deadlines.nowMs;
    this.readBuffered();
    if (!this.isPaused && this.isOpen()) this.transport.resume();
  }

  /** Ends the connection, telling the device why. The first reason wins; later ones do nothing. */
  close(reason: CloseReason, detail?: string): void {
    if (this.#state === 'closed') return;
    const previous = this.#state;
    const { by, ws } = adviceOf(reason);
    if (by === 'gateway' || reason === 'keep-alive-timeout') this.sayClosed(reason, previous);
    this.flush();
    this.#end();
    this.transport.close(ws, reason);
    this.onEnded(reason, detail);
  }

  abstract onBytes(chunk: Buffer): void;
  abstract onText(text: string): void;

  onFault(reason: CloseReason, message: string): void {
    this.close(reason, message);
  }

  onPong(token: number): void {
    if (this.#state !== 'closed') this.onPonged(token);
  }

  onDrained(): void {
    this.#noteStall(this.services.deadlines.exactMs());
    this.#blockedSinceMs = 0;
    this.#fullSinceMs = undefined;
    this.#isRoomAwaited = false;
    if (this.#state !== 'closed') this.onDrain();
  }

  onClosed(): void {
    if (this.#state === 'closed') return;
    this.#end();
    this.onEnded('connection-lost', undefined);
  }

  /** Something was heard. */
  protected heard(): void {
    const { nowMs } = this.services.deadlines;
    const silenceMs = nowMs - this.#heardMs;
    if (silenceMs > this.#longestSilenceMs) this.#longestSilenceMs = silenceMs;
    this.#heardMs = nowMs;
    this.activity = (this.activity + 1) | 0;
    this.heardAt = this.services.now();
  }

  /** Monotonic ms at which it was heard last, to half a second and never too late. */
  get heardMs(): number {
    return this.#heardMs;
  }
  /** In force; 0 is none. */
  get keepAliveMs(): number {
    return this.#keepAliveMs;
  }

  /** The longest silence since this was last asked, ms, to half a second. A connection that is not read is not silent. */
  takeSilenceMs(nowMs: number): number {
    const presentMs = this.isPaused ? 0 : nowMs - this.#heardMs;
    const longestMs = Math.max(this.#longestSilenceMs, presentMs);
    this.#longestSilenceMs = 0;
    return longestMs;
  }

  /** How long the socket refused bytes since this was last asked, ms. */
  takeStalledMs(nowMs: number): number {
    this.#noteStall(nowMs);
    const stalledMs = this.#stalledMs;
    this.#stalledMs = 0;
    return stalledMs;
  }

  #noteStall(nowMs: number): void {
    if (this.#blockedSinceMs === 0) return;
    this.#stalledMs += nowMs - this.#blockedSinceMs;
    this.#blockedSinceMs = nowMs;
  }

  /** Ends the connection for what its bytes caused: broken input by its own code, anything else as a fault of ours. */
  fail(error: unknown): void {
    if (error instanceof ProtocolError) {
      this.close(error.code, error.message);
    } else {
      this.services.onBug(error, this);
      this.close('internal-error');
    }
  }

  protected isOpen(): boolean {
    return this.#state !== 'closed';
  }

  override onDue(nowMs: number): void {
    if (this.#state !== 'active') {
      this.close('handshake-timeout');
      return;
    }
    const allowedMs = this.#keepAliveMs * 1.5;
    // A paused connection is not read, so its silence says nothing.
    const silentMs = this.isPaused ? 0 : nowMs - this.#heardMs;
    if (silentMs >= allowedMs) this.close('keep-alive-timeout');
    else this.services.deadlines.arm(this, allowedMs - silentMs);
  }

  #end(): void {
    this.#state = 'closed';
    if (this.#pauses !== 0) {
      this.#pauses = 0;
      this.services.counters.paused--;
    }
    this.services.deadlines.disarm(this);
  }

  #move(next: ConnectionState): void {
    const allowed: readonly ConnectionState[] = moves[this.#state];
    if (!allowed.includes(next)) throw new Error(`connection cannot go from ${this.#state} to ${next}`);
    this.#state = next;
  }
}
