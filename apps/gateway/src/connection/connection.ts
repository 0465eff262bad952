import { adviceOf, type CloseReason, ProtocolError } from '@tributary/protocol';
import type { Transport, TransportEvents } from '../transports/transport.ts';
import type { ConnectionServices } from './connection-services.ts';
import { Timed } from './deadlines.ts';
import { LinkSignals } from './link-signals.ts';
import { MessageRoom } from './message-room.ts';
import type { PacketTap } from './packet-tap.ts';
import { PauseCause } from './pause-cause.ts';

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
  #room: MessageRoom | undefined;
  readonly #signals: LinkSignals;
  #keepAliveMs = 0;
  #heldBytes = 0;

  constructor(transport: Transport, listener: string, services: ConnectionServices) {
    super();
    this.transport = transport;
    this.listener = listener;
    this.services = services;
    this.heardAt = services.now();
    this.#signals = new LinkSignals(services.deadlines.nowMs);
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
  /** Lets go of what is buffered: it is closed, and nothing of it will be read. */
  protected abstract forgetRead(): void;

  get state(): ConnectionState {
    return this.#state;
  }
  get isPaused(): boolean {
    return this.#pauses !== 0;
  }

  /** It is in, and not read for now. */
  get isHeldBack(): boolean {
    return (this.#pauses & ~PauseCause.ADMITTING) !== 0;
  }

  isPausedBy(cause: PauseCause): boolean {
    return (this.#pauses & cause) !== 0;
  }

  /** Bytes said and not yet handed to the transport. */
  abstract readonly gatheredBytes: number;

  /** Whether a message of so many bytes may be said now. After a no `onDrain` tells when there is room again. */
  hasRoomFor(bytes: number): boolean {
    const room = (this.#room ??= new MessageRoom(this.transport, this.services.limits.maxOutboxBytes));
    if (room.fits(bytes, this.gatheredBytes)) return true;
    // Gathered in one turn is not slow: what the kernel takes at once makes room.
    if (this.gatheredBytes > 0) this.flush();
    if (room.fits(bytes, this.gatheredBytes)) return true;
    room.isAwaited = true;
    return false;
  }

  /** A message found no room and is dropped: a device that has taken nothing for too long is let go. */
  refusedRoom(): void {
    const { deadlines, limits } = this.services;
    const fullMs = this.#room?.refused(deadlines.nowMs) ?? 0;
    if (fullMs >= limits.slowConsumerMs) this.close('slow-consumer');
  }

  /** Writes what is gathered now. */
  flush(): void {
    this.writeGathered();
    this.activity = (this.activity + 1) | 0;
    const { isBlocked } = this.transport;
    if (isBlocked && !this.#signals.isBlocked) this.#signals.blocked(this.services.deadlines.exactMs());
    // What the kernel took at once is followed by no news of the transport.
    if (!isBlocked && this.#room?.isAwaited === true) this.onDrained();
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
    this.#signals.heardMs = this.services.deadlines.nowMs;
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
    this.#noteReading();
  }

  /** Takes back one cause; with the last, reading goes on where it stopped. */
  resume(cause: PauseCause): void {
    if (this.#state === 'closed' || (this.#pauses & cause) === 0) return;
    this.#pauses &= ~cause;
    if (this.#pauses !== 0) return;
    this.services.counters.paused--;
    // While paused the device could not be heard: its time begins again.
    this.#signals.heardMs = this.services.deadlines.nowMs;
    this.readBuffered();
    this.#noteReading();
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
    if (this.#signals.isBlocked) this.#signals.unblocked(this.services.deadlines.exactMs());
    this.#room?.drained();
    if (this.#state !== 'closed') this.onDrain();
  }

  onClosed(): void {
    if (this.#state === 'closed') return;
    this.#end();
    this.onEnded('connection-lost', undefined);
  }

  /** Something was heard. */
  protected heard(): void {
    this.#signals.heard(this.services.deadlines.nowMs);
    this.activity = (this.activity + 1) | 0;
    this.heardAt = this.services.now();
  }

  /** Monotonic ms at which it was heard last, to half a second and never too late. */
  get heardMs(): number {
    return this.#signals.heardMs;
  }
  /** In force; 0 is none. */
  get keepAliveMs(): number {
    return this.#keepAliveMs;
  }

  /** The longest silence since this was last asked, ms, to half a second. */
  takeSilenceMs(nowMs: number): number {
    return this.#signals.takeSilenceMs(this.#silentMs(nowMs));
  }

  /** How long the socket refused bytes since this was last asked, ms. */
  takeStalledMs(nowMs: number): number {
    return this.#signals.takeStalledMs(nowMs);
  }

  /** A connection that is not read is not silent. */
  #silentMs(nowMs: number): number {
    return this.isPaused ? 0 : nowMs - this.#signals.heardMs;
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

  /** What is kept of it may have changed: whole packets and frames are taken before anybody is told. */
  protected noteHeld(): void {
    const bytes = this.isOpen() ? this.bufferedBytes + this.transport.unfinishedBytes : 0;
    if (bytes === this.#heldBytes) return;
    this.#heldBytes = bytes;
    this.services.inbound.note(this, bytes);
  }

  /** Whether it is read makes a difference to what is kept of it. */
  #noteReading(): void {
    if (this.#heldBytes > 0) this.services.inbound.note(this, this.#heldBytes);
  }

  onUnfinished(): void {
    this.noteHeld();
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
    const silentMs = this.#silentMs(nowMs);
    if (silentMs >= allowedMs) this.close('keep-alive-timeout');
    else this.services.deadlines.arm(this, allowedMs - silentMs);
  }

  #end(): void {
    this.#state = 'closed';
    this.forgetRead();
    this.noteHeld();
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
