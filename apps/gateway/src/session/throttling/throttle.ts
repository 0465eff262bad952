import type { RateMeter } from '../../admission/rates/metered.ts';
import type { Waiter } from '../../admission/rates/fair-line.ts';
import type { RateLimit } from '../../admission/rates/rate-limit.ts';
import type { ThrottleAction } from '../../admission/throttle-note.ts';
import { TokenBucket } from '../../admission/token-bucket.ts';
import type { Connection } from '../../connection/connection.ts';
import { PauseCause } from '../../connection/pause-cause.ts';
import { Timed } from '../../connection/deadlines.ts';
import { type Pauses, pauseTickMs } from './pauses.ts';
import { Patience, type Redress } from './patience.ts';
import type { Story } from './story.ts';

/** What becomes of a message: taken, answered with a refusal (dropped at QoS 0), or the end of its connection. */
export type Judgement = 'admit' | 'refuse' | 'close';

/** What every throttle of a node shares. */
export interface ThrottleServices {
  /** Monotonic ms. */
  readonly monotonic: () => number;
  readonly pauses: Pauses;
  /** Longest pause of a device without a keep-alive, ms. */
  readonly maxPauseMs: number;
  /** Refusals one device may cause before it is closed. */
  readonly refusals: { readonly perSecond: number; readonly burst: number };
  /** A limit struck. */
  readonly count: (limit: RateLimit) => void;
}

/** A limit the device is under, and what is told of that. */
interface Charge {
  readonly meter: RateMeter;
  story: Story | undefined;
}

/** A throttle pause takes at most this share of the keep-alive: a device that waits for its PINGRESP is not lost. */
const shareOfKeepAlive = 4;
/** A pause lasts so long at the least, where the burst makes up for it, ms: what it is too long may come at once behind it. */
const worthwhileMs = 100;
/** So many messages are dropped in a row before the processor is left to others for a moment. */
const dropsInARow = 512;

/**
 * The rates one connection keeps to: its own and those it shares with others. What is too much is paid for in time: the
 * message is taken and reading pauses until the debt is paid. A debt that would take longer than a pause may last is not
 * made: the message is refused, and who goes on causing refusals is closed. The same holds for what is so far ahead of the
 * rate that the PINGREQ behind it would be heard too late.
 */
export class Throttle extends Timed implements Waiter {
  readonly #connection: Connection;
  readonly #services: ThrottleServices;
  readonly #charges: readonly Charge[];
  readonly #storyOf: (limit: RateLimit) => Story | undefined;
  readonly #patience: Patience;
  #refusals: TokenBucket | undefined;
  #refusedBy: RateLimit | undefined;
  /** Why it is paused, and since when; undefined while it reads. */
  #pausedBy: Charge | undefined;
  #pausedAtMs = 0;
  /** Whose turn it last had, and how much of that is left. */
  #turnOf: RateMeter | undefined;
  #turnLeft = 0;
  #drops = 0;

  /** `storyOf`: what is told of a limit and this device, if there is room for it. */
  constructor(
    connection: Connection,
    meters: readonly RateMeter[],
    services: ThrottleServices,
    storyOf: (limit: RateLimit) => Story | undefined,
  ) {
    super();
    this.#connection = connection;
    this.#services = services;
    this.#patience = new Patience(connection);
    this.#charges = meters.map((meter) => ({ meter, story: undefined }));
    this.#storyOf = storyOf;
  }

  /** The limit that the last refused message was above, and where it is written. */
  get why(): string {
    return this.#refusedBy === undefined ? '' : `${this.#refusedBy.rule} is ${this.#refusedBy.text}`;
  }

  /** A message of so many bytes came. */
  judge(bytes: number, redress: Redress): Judgement {
    const nowMs = this.#services.monotonic();
    const maxMs = this.#maxPauseMs;
    // Nobody's connection ends for what others have used up, but for a message that is too large by itself.
    const isForgiving = redress === 'close';
    let longestMs = 0;
    let strictest: Charge | undefined;
    for (const charge of this.#charges) {
      const { limit, bucket } = charge.meter;
      const cost = limit.isOfBytes ? bytes : 1;
      const debtMs = bucket.spend(cost, nowMs);
      const isOthers = isForgiving && charge.meter.line !== undefined;
      const waitMs = isOthers ? Math.min(debtMs, Math.max(maxMs, (cost * 1000) / limit.perSecond)) : debtMs;
      if (charge.story !== undefined) charge.story.offered += cost;
      if (limit.isObserved) {
        if (waitMs > 0) this.#observed(charge, cost, waitMs);
      } else if (waitMs > longestMs || (strictest === undefined && this.#isTurnOver(charge.meter, cost))) {
        longestMs = waitMs;
        strictest = charge;
      }
    }
    if (strictest === undefined) return 'admit';
    this.#patience.struck(nowMs);
    if (longestMs > maxMs || this.#isOverdue(strictest.meter, bytes, redress, nowMs))
      return this.#refuse(strictest, bytes, longestMs, redress, nowMs);
    if (isForgiving) this.#forgive(bytes, maxMs, nowMs);
    this.#tell(strictest, 'pause', longestMs, 0);
    this.#pause(strictest, this.#worthwhile(strictest.meter, longestMs), nowMs);
    return 'admit';
  }

  /** Its turn for a shared limit has come. */
  onTurn(turn: number): void {
    this.#turnOf = this.#pausedBy?.meter;
    this.#turnLeft = turn;
    this.#goOn();
  }

  /** The pause has lasted as long as it may, or the debt is paid. */
  override onDue(): void {
    this.#goOn();
  }

  /** The connection has ended, or is under other limits now. */
  end(): void {
    this.#goOn();
  }

  get #maxPauseMs(): number {
    const { keepAliveMs } = this.#connection;
    return keepAliveMs > 0 ? keepAliveMs / shareOfKeepAlive : this.#services.maxPauseMs;
  }

  /** A limit that others use up is not its own doing: in a line it waits on. */
  #isOverdue({ limit, line }: RateMeter, bytes: number, redress: Redress, nowMs: number): boolean {
    return line === undefined && this.#patience.isOver(limit, bytes, redress, this.#maxPauseMs, nowMs);
  }

  /** What is taken though a pause cannot pay for it is paid for by the pause alone: a shared debt has to end some time. */
  #forgive(bytes: number, maxMs: number, nowMs: number): void {
    for (const { meter } of this.#charges) {
      const { limit, bucket, line } = meter;
      if (line === undefined || limit.isObserved || bucket.debtMs(nowMs) <= maxMs) continue;
      bucket.giveBack(limit.isOfBytes ? bytes : 1);
    }
  }

  /** Others wait for a limit it shares with them, and it has had its part. */
  #isTurnOver(meter: RateMeter, cost: number): boolean {
    if (meter.line === undefined || meter.line.size === 0) return false;
    if (this.#turnOf !== meter) return true;
    this.#turnLeft -= cost;
    return this.#turnLeft <= 0;
  }

  /** What a limit that only watches would have done: counted, and not charged, as if it had been done. */
  #observed(charge: Charge, cost: number, waitMs: number): void {
    charge.meter.bucket.giveBack(cost);
    this.#tell(charge, waitMs > this.#maxPauseMs ? 'refuse' : 'pause', waitMs, cost);
  }

  #pause(charge: Charge, pauseMs: number, nowMs: number): void {
    const { pauses } = this.#services;
    this.#pausedBy = charge;
    this.#pausedAtMs = nowMs;
    this.#connection.pause(PauseCause.THROTTLED);
    const { line } = charge.meter;
    line?.join(this);
    // In a line it waits for its turn, but no longer than a pause may last.
    pauses.arm(this, line === undefined ? pauseMs : this.#maxPauseMs);
    if (line !== undefined) pauses.serve(charge.meter);
  }

  /** Stopping and going on costs more than a message: it is done a few times a second, not for each of them. */
  #worthwhile({ limit }: RateMeter, waitMs: number): number {
    const halfBurstMs = (limit.burst / limit.perSecond) * 500;
    return Math.min(this.#maxPauseMs, Math.max(waitMs, Math.min(worthwhileMs, halfBurstMs)));
  }

  #goOn(): void {
    const charge = this.#pausedBy;
    if (charge === undefined) return;
    const { pauses, monotonic } = this.#services;
    this.#pausedBy = undefined;
    pauses.disarm(this);
    charge.meter.line?.leave(this);
    const nowMs = monotonic();
    this.#patience.resumed(nowMs);
    if (charge.story !== undefined) charge.story.pausedMs += nowMs - this.#pausedAtMs;
    this.#connection.resume(PauseCause.THROTTLED);
  }

  /** Nothing of the message is taken, so nothing of it is charged. */
  #refuse(charge: Charge, bytes: number, waitMs: number, redress: Redress, nowMs: number): Judgement {
    for (const { meter } of this.#charges) {
      if (!meter.limit.isObserved) meter.bucket.giveBack(meter.limit.isOfBytes ? bytes : 1);
    }
    this.#refusedBy = charge.meter.limit;
    const isForOthers = redress === 'refuse' && this.#isOthersDoing(charge.meter, bytes);
    const isClosed =
      redress === 'close' || (redress === 'refuse' && !isForOthers && !this.#mayRefuseAgain(nowMs));
    this.#tell(charge, isClosed ? 'close' : 'refuse', waitMs, 0);
    if (isClosed) return 'close';
    // Refusals for others count for nothing: waiting in the line is what bounds them.
    if (isForOthers) this.#pause(charge, this.#maxPauseMs, nowMs);
    if (redress === 'drop' && ++this.#drops % dropsInARow === 0) this.#pause(charge, pauseTickMs, nowMs);
    return 'refuse';
  }

  /** The message alone is no more than a pause could pay for. */
  #isOthersDoing({ limit, line }: RateMeter, bytes: number): boolean {
    const cost = limit.isOfBytes ? bytes : 1;
    return line !== undefined && cost * 1000 <= this.#maxPauseMs * limit.perSecond;
  }

  #mayRefuseAgain(nowMs: number): boolean {
    const { perSecond, burst } = this.#services.refusals;
    this.#refusals ??= new TokenBucket(perSecond, burst, nowMs);
    return this.#refusals.take(1, nowMs);
  }

  #tell(charge: Charge, action: ThrottleAction, waitMs: number, offered: number): void {
    const { limit } = charge.meter;
    this.#services.count(limit);
    if (charge.story === undefined || charge.story.isOver) {
      charge.story = this.#storyOf(limit);
      // The message that begins a story is part of it.
      if (charge.story !== undefined) charge.story.offered += offered;
    }
    charge.story?.struck(action, waitMs);
  }
}
