import type { Pace } from '../../admission/overload/pace.ts';
import { PauseCause } from '../../connection/connection.ts';
import type { Session } from '../session.ts';

/** Messages a connection may take in a row while others wait for their turn. */
const turnMessages = 8;
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
}

/**
 * Takes turns: the connections of a class whose messages together are more than the pace. Who took a message that was
 * not to be had yet is paused and goes to the end of the line; the line moves as the pace allows, and nobody stands in it for
 * longer than a quarter of its keep-alive.
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

  /** A message of the device was taken. */
  took(gate: Paced): void {
    const nowMs = this.#monotonic();
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
    connection.pause(PauseCause.OVERLOAD);
    if (nowMs - gate.toldMs < tellAgainMs) return;
    gate.toldMs = nowMs;
    gate.session.saySlowDown(this.#fairWaitMs());
    this.#onSlowed(gate.session);
  }

  #resume(gate: Paced): void {
    if (!this.#line.delete(gate)) return;
    gate.turn = 0;
    gate.session.connection.resume(PauseCause.OVERLOAD);
  }

  /** How long the line is. */
  #fairWaitMs(): number {
    const ms = Math.ceil((this.#line.size / Math.max(1, this.#pace.perSecond)) * 1000);
    return Math.min(mostWaitMs, Math.max(leastWaitMs, ms));
  }
}
