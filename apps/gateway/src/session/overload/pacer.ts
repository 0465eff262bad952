import type { Pace } from '../../admission/overload/pace.ts';
import { PauseCause } from '../../connection/pause-cause.ts';
import type { Session } from '../session.ts';
import type { Patience } from '../throttling/patience.ts';

/** Messages a connection may take in a row while others wait for their turn. */
const turnMessages = 8;
/** So many messages are dropped in a row before the processor is left to others for a moment. */
const dropsInARow = 512;
/** A device is told again after so long, ms. */
const tellAgainMs = 10_000;
/** What a device is asked to wait, ms. */
const leastWaitMs = 1000;
const mostWaitMs = 60_000;

/** A device whose messages are taken at a pace. */
export interface Paced {
  readonly session: Session;
  /** Messages since its turn began; kept by the pacer, as what follows. */
  turn: number;
  /** Monotonic ms until when it is paused at the most. */
  pausedUntilMs: number;
  /** Monotonic ms at which the device was told last to slow down. */
  toldMs: number;
  /** Messages dropped so that others are heard in time. */
  drops: number;
  /** How long it has been held back. */
  readonly patience: Patience;
}

/**
 * Takes turns: the connections of a class whose messages together are more than the pace. Who took a message that was
 * not to be had yet is paused and goes to the end of the line; the line moves as the pace allows, and nobody stands in it for
 * longer than a quarter of its keep-alive. What is sent at QoS 0 and piles up all the same is dropped: a PINGREQ stands behind it.
 */
export class Pacer {
  readonly #pace: Pace;
  readonly #monotonic: () => number;
  readonly #onSlowed: (session: Session) => void;
  readonly #line = new Set<Paced>();
  #maxPauseMs: number;
  /** Pauses since the start. */
  pauses = 0;
  #hasHeldBack = false;
  /** A device's part of the pace, about. */
  readonly #part = { perSecond: 0, isOfBytes: false };

  /** @param onSlowed a device is told to slow down: when it is paused, and not each time */
  constructor(pace: Pace, maxPauseMs: number, monotonic: () => number, onSlowed: (session: Session) => void) {
    this.#pace = pace;
    this.#onSlowed = onSlowed;
    this.#maxPauseMs = maxPauseMs;
    this.#monotonic = monotonic;
  }

  /** Connections that wait for their turn. */
  get waiting(): number {
    return this.#line.size;
  }

  /** Whether somebody would have sent more than the pace allows, since this was last asked. */
  takeHeldBack(): boolean {
    const hasHeldBack = this.#hasHeldBack || this.#line.size > 0;
    this.#hasHeldBack = false;
    return hasHeldBack;
  }

  configure(maxPauseMs: number): void {
    this.#maxPauseMs = maxPauseMs;
  }

  /** A message of the device came. @returns whether it is taken; else it is dropped */
  takes(gate: Paced, qos: 0 | 1 | 2): boolean {
    const nowMs = this.#monotonic();
    if (qos === 0 && this.#isLate(gate, nowMs)) return this.#drop(gate, nowMs);
    this.#take(gate, nowMs);
    return true;
  }

  /** There is nothing to be had, and what stands behind the message would be heard too late. The last of it is taken. */
  #isLate({ patience, session: { connection } }: Paced, nowMs: number): boolean {
    if (connection.behindBytes === 0) return false;
    if (this.#line.size === 0 && this.#pace.waitMs(nowMs) === 0) return false;
    this.#part.perSecond = this.#pace.perSecond / Math.max(1, this.#line.size);
    return patience.isOver(this.#part, 0, 'drop', connection.keepAliveMs / 4, nowMs);
  }

  #drop(gate: Paced, nowMs: number): false {
    this.#hasHeldBack = true;
    gate.patience.struck(nowMs);
    if (++gate.drops % dropsInARow === 0) this.#pause(gate, nowMs);
    return false;
  }

  #take(gate: Paced, nowMs: number): void {
    const debtMs = this.#pace.spend(nowMs);
    const isTurnOver = ++gate.turn >= turnMessages && this.#line.size > 0;
    if (debtMs > 0) this.#hasHeldBack = true;
    if (debtMs > 0 || isTurnOver) this.#pause(gate, nowMs);
  }

  /** Lets on whose turn it is, and who has waited long enough. Called some fifty times a second. */
  move(): void {
    const nowMs = this.#monotonic();
    for (const gate of this.#line) {
      if (this.#pace.waitMs(nowMs) > 0) break;
      this.#resume(gate);
    }
  }

  /** Lets on who has waited for as long as it may. Looks at all: called a few times a second. */
  sweep(): void {
    const nowMs = this.#monotonic();
    for (const gate of this.#line) if (nowMs >= gate.pausedUntilMs) this.#resume(gate);
  }

  left(gate: Paced): void {
    this.#resume(gate);
  }

  #pause(gate: Paced, nowMs: number): void {
    const { connection } = gate.session;
    if (this.#line.has(gate)) return;
    const quarterMs = connection.keepAliveMs > 0 ? connection.keepAliveMs / 4 : Infinity;
    gate.pausedUntilMs = nowMs + Math.min(this.#maxPauseMs, quarterMs);
    this.#line.add(gate);
    this.pauses++;
    gate.patience.struck(nowMs);
    connection.pause(PauseCause.OVERLOAD);
    if (nowMs - gate.toldMs < tellAgainMs) return;
    gate.toldMs = nowMs;
    gate.session.saySlowDown(this.#fairWaitMs());
    this.#onSlowed(gate.session);
  }

  #resume(gate: Paced): void {
    if (!this.#line.delete(gate)) return;
    gate.turn = 0;
    gate.patience.resumed(this.#monotonic());
    gate.session.connection.resume(PauseCause.OVERLOAD);
  }

  /** How long the line is. */
  #fairWaitMs(): number {
    const ms = Math.ceil((this.#line.size / Math.max(1, this.#pace.perSecond)) * 1000);
    return Math.min(mostWaitMs, Math.max(leastWaitMs, ms));
  }
}
