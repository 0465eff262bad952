import type { Pace } from '../../admission/overload/pace.ts';
import { PauseCause } from '../../connection/pause-cause.ts';
import type { Session } from '../session.ts';
import type { Patience } from '../throttling/patience.ts';

/** Messages a connection may take in its turn. */
const turnMessages = 8;
/**
 * Connections let on in one move: each may cost the event loop a read and a turn's messages, some 20 µs, and everything else
 * that a critical device waits for comes after all of them.
 */
const letOnAtOnce = 32;
/** Nobody is let on any more when those before took so long, ms: what they had buffered is taken at once. */
const moveBudgetMs = 1;
/** So many messages are dropped in a row before the processor is left to others for a moment. */
const dropsInARow = 128;
/** Who has waited so long is being held back, whatever the reason, ms. */
const usualWaitMs = 250;
/** A device is told again after so long, ms. */
const tellAgainMs = 10_000;
/** What a device is asked to wait, ms. */
const leastWaitMs = 1000;
const mostWaitMs = 60_000;
/** Of its keep-alive: within it a device is heard, with all that may stand before its PINGREQ. */
const heardWithin = 0.5;
/** So much of it at QoS 0: more is dropped in time. */
const usualBatch = 8;

/** A device whose messages are taken at a pace. */
export interface Paced {
  readonly session: Session;
  /** Messages since its turn began; kept by the pacer, as what follows. */
  turn: number;
  /** Part of what may stand before a PINGREQ that it may take in this turn whatever the pace says. */
  promised: number;
  /** It is paused though it would have sent more. */
  isHeldBack: boolean;
  /** Monotonic ms since when it is paused, and until when at the most. */
  pausedAtMs: number;
  pausedUntilMs: number;
  /** Monotonic ms at which the device was told last to slow down. */
  toldMs: number;
  /** Messages dropped so that others are heard in time. */
  drops: number;
  /** How long it has been held back. */
  readonly patience: Patience;
}

/**
 * Takes turns: of the connections of a slowed class only some are read in one turn of the event loop, so that no turn is
 * long, and together they get no more than the pace. Who has had its turn is paused and goes to the end of the line; nobody
 * stands in it for longer than a quarter of its keep-alive. What is sent at QoS 0 and piles up all the same is dropped: a
 * PINGREQ stands behind it.
 */
export class Pacer {
  readonly #pace: Pace;
  readonly #monotonic: () => number;
  readonly #onSlowed: (session: Session) => void;
  /** Longest first. */
  readonly #line = new Set<Paced>();
  /** Of those: they have waited as long as they may. */
  readonly #due = new Set<Paced>();
  #maxPauseMs: number;
  /** Pauses of devices that would have sent more, since the start. */
  pauses = 0;
  /** Since it was last asked: the pace struck; turns that ended, and of those the ones that left something behind. */
  #hasHeldBack = false;
  #turns = 0;
  #cutTurns = 0;
  /** A device's part of the pace, about. */
  readonly #part = { perSecond: 0, isOfBytes: false };

  /** @param onSlowed a device is told to slow down: when it is held back, and not each time */
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

  /**
   * Whether the devices would have sent more than they could, since this was last asked: the pace struck, somebody waits, or
   * most turns were too short for what there was.
   */
  takeHeldBack(): boolean {
    const hasHeldBack =
      this.#hasHeldBack || this.#cutTurns * 2 > this.#turns || this.#longestWaitMs() > usualWaitMs;
    this.#hasHeldBack = false;
    this.#turns = this.#cutTurns = 0;
    return hasHeldBack;
  }

  #longestWaitMs(): number {
    for (const { pausedAtMs } of this.#line) return this.#monotonic() - pausedAtMs;
    return 0;
  }

  configure(maxPauseMs: number): void {
    this.#maxPauseMs = maxPauseMs;
  }

  /** A message of the device came. @returns whether it is taken; else it is dropped */
  takes(gate: Paced, qos: 0 | 1 | 2): boolean {
    const nowMs = this.#monotonic();
    if (qos === 0 && this.#isLate(gate, nowMs)) return this.#takeLate(gate, nowMs);
    this.#take(gate, qos, nowMs);
    return true;
  }

  /** What stands behind the message would be heard too late. The last of it is taken as usual. */
  #isLate({ patience, session: { connection } }: Paced, nowMs: number): boolean {
    if (connection.behindBytes < connection.packetBytes) return false;
    this.#part.perSecond = this.#pace.perSecond / Math.max(1, this.#line.size);
    return patience.isOver(this.#part, 0, 'drop', connection.keepAliveMs / 4, nowMs);
  }

  /** Takes the message if it is to be had. The turn goes on in any case: what is too much of the rest is dropped. */
  #takeLate(gate: Paced, nowMs: number): boolean {
    this.#hasHeldBack = true;
    gate.patience.struck(nowMs);
    const isItsTurn = gate.turn < turnMessages || this.#line.size === 0;
    if (isItsTurn && this.#pace.waitMs(nowMs) === 0) {
      gate.turn++;
      this.#pace.spend(nowMs);
      return true;
    }
    if (++gate.drops % dropsInARow === 0) this.#pause(gate, nowMs, true);
    return false;
  }

  /** The turn is over when the pace is used up, when it has been long enough, or when there is nothing more for now. */
  #take(gate: Paced, qos: 0 | 1 | 2, nowMs: number): void {
    const { connection, window } = gate.session;
    const isOwed = this.#pace.spend(nowMs) > 0;
    if (++gate.turn < gate.promised * (qos === 0 ? usualBatch : window)) return;
    const hasMore = connection.behindBytes >= connection.packetBytes;
    if (hasMore && !isOwed && gate.turn < turnMessages) return;
    this.#turns++;
    if (hasMore) this.#cutTurns++;
    if (isOwed) this.#hasHeldBack = true;
    this.#pause(gate, nowMs, isOwed || hasMore);
  }

  /** Lets on whose turn it is, some of them. Called all the time: how many are read in a turn of the loop hangs on it. */
  move(): void {
    const nowMs = this.#monotonic();
    let left = letOnAtOnce;
    for (const gate of this.#due) {
      if (left-- === 0 || this.#monotonic() - nowMs > moveBudgetMs) return;
      this.#letOnDue(gate);
    }
    for (const gate of this.#line) {
      if (left-- === 0 || this.#pace.waitMs(nowMs) > 0 || this.#monotonic() - nowMs > moveBudgetMs) return;
      this.#resume(gate);
    }
  }

  /** Finds who has waited for as long as it may: such go first. Looks at all: called a few times a second. */
  sweep(): void {
    const nowMs = this.#monotonic();
    for (const gate of this.#line) if (nowMs >= gate.pausedUntilMs) this.#due.add(gate);
  }

  left(gate: Paced): void {
    this.#resume(gate);
  }

  /**
   * So much is taken of it that a PINGREQ behind all it may have under way is heard within half its keep-alive, however
   * small its part of the pace is.
   */
  #letOnDue(gate: Paced): void {
    const withinMs = gate.session.connection.keepAliveMs * heardWithin;
    const waitedMs = this.#monotonic() - gate.pausedAtMs;
    this.#resume(gate, withinMs > 0 ? waitedMs / withinMs : 0);
  }

  /** @param isHeldBack it would have sent more */
  #pause(gate: Paced, nowMs: number, isHeldBack: boolean): void {
    const { connection } = gate.session;
    if (this.#line.has(gate)) return;
    const quarterMs = connection.keepAliveMs > 0 ? connection.keepAliveMs / 4 : Infinity;
    gate.pausedAtMs = nowMs;
    gate.pausedUntilMs = nowMs + Math.min(this.#maxPauseMs, quarterMs);
    gate.isHeldBack = isHeldBack;
    this.#line.add(gate);
    connection.pause(PauseCause.OVERLOAD);
    if (isHeldBack) this.#strike(gate, nowMs);
  }

  #strike(gate: Paced, nowMs: number): void {
    this.pauses++;
    gate.patience.struck(nowMs);
    if (nowMs - gate.toldMs < tellAgainMs) return;
    gate.toldMs = nowMs;
    gate.session.saySlowDown(this.#fairWaitMs());
    this.#onSlowed(gate.session);
  }

  #resume(gate: Paced, promised = 0): void {
    if (!this.#line.delete(gate)) return;
    this.#due.delete(gate);
    gate.turn = 0;
    gate.promised = promised;
    if (gate.isHeldBack) gate.patience.resumed(this.#monotonic());
    gate.session.connection.resume(PauseCause.OVERLOAD);
  }

  /** How long the line is. */
  #fairWaitMs(): number {
    const ms = Math.ceil((this.#line.size / Math.max(1, this.#pace.perSecond)) * 1000);
    return Math.min(mostWaitMs, Math.max(leastWaitMs, ms));
  }
}
