import { RateBook, type RatedDevice, type RatesConfig } from '../../admission/rates/rate-book.ts';
import { limitOf, type RateLimit } from '../../admission/rates/rate-limit.ts';
import type { ThrottleNote, ThrottleSubject } from '../../admission/throttle-note.ts';
import type { ServiceClass } from '@tributary/protocol';
import type { Session } from '../session.ts';
import { ThrottleCounts } from './counts.ts';
import { Pauses } from './pauses.ts';
import { ReplayPace } from './replay-pace.ts';
import { Stories } from './stories.ts';
import type { Story } from './story.ts';
import { Throttle, type ThrottleServices } from './throttle.ts';

export interface ThrottlingOptions {
  readonly config: RatesConfig;
  /** Monotonic ms. */
  readonly monotonic: () => number;
  /** Stories to be told now: answers with those that were. */
  readonly tell: (stories: readonly Story[], nowMs: number) => readonly Story[];
}

const turnMs = 1000;

/**
 * The limits of this node: puts devices under their rates, counts what limits of any kind do, and has it told in a line a
 * minute for each rule and subject.
 */
export class Throttling {
  readonly counts = new ThrottleCounts();
  readonly #options: ThrottlingOptions;
  readonly #book: RateBook;
  readonly #pauses: Pauses;
  readonly #stories = new Stories();
  readonly #sessions = new Set<Session>();
  readonly #paces = new Map<Session, ReplayPace>();
  #services: ThrottleServices;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ThrottlingOptions) {
    this.#options = options;
    this.#book = new RateBook(options.config, options.monotonic);
    this.#pauses = new Pauses(options.monotonic);
    this.#services = this.#servicesOf(options.config);
  }

  start(): void {
    this.#timer ??= setInterval(() => this.turn(), turnMs);
    this.#timer.unref();
  }

  /** Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#pauses.stop();
  }

  /** Connections and replays that wait for a rate now. */
  get waiting(): number {
    return this.#pauses.size;
  }

  /** A limit of any kind was met: `services.onThrottled` of every part. */
  readonly note = (note: ThrottleNote, subject: ThrottleSubject): void => {
    this.counts.add(note);
    const nowMs = this.#options.monotonic();
    this.#stories.of(note, subject, '', nowMs)?.struck(note.action, 0);
  };

  /** A session begins: it gets the limits that hold for it. */
  begin(session: Session): void {
    this.#sessions.add(session);
    this.#limit(session);
  }

  /** Its connection has ended. */
  end(session: Session): void {
    if (!this.#sessions.delete(session)) return;
    this.#book.leave(ratedBy(session));
    session.throttle?.end();
    this.#endPace(session);
  }

  /** A session is of another class now. */
  reclassed(session: Session, previous: ServiceClass): void {
    if (!this.#sessions.has(session)) return;
    this.#book.leave({ ...ratedBy(session), class: previous });
    this.#limit(session);
  }

  /** How fast the backlog of a session is sent; undefined when nothing limits it. */
  paceOf(session: Session): ReplayPace | undefined {
    const meters = this.#book.enterReplay(session.clientId);
    if (meters.length === 0) return undefined;
    const pace = new ReplayPace(meters, this.#services, this.#storiesOf(session));
    this.#paces.set(session, pace);
    return pace;
  }

  /** Other rates hold from now on, for those who are here too. A backlog on its way keeps its pace. */
  configure(config: RatesConfig): void {
    for (const session of this.#sessions) this.#book.leave(ratedBy(session));
    this.#services = this.#servicesOf(config);
    this.#book.configure(config);
    for (const session of [...this.#sessions]) this.#limit(session);
  }

  /** What is due is told. Called by the timer; by tests with a clock of their own. */
  turn(): void {
    const nowMs = this.#options.monotonic();
    this.#book.sweep();
    const due = this.#stories.due(nowMs);
    if (due.length === 0) return;
    for (const story of this.#options.tell(due, nowMs)) story.told(nowMs);
  }

  /** Puts a session under what holds for it now; what it waited for before is over. */
  #limit(session: Session): void {
    const before = session.throttle;
    const meters = this.#book.enter(ratedBy(session));
    session.throttle =
      meters.length === 0
        ? undefined
        : new Throttle(session.connection, meters, this.#services, this.#storiesOf(session));
    // Last, as it may read on at once.
    before?.end();
  }

  #servicesOf({ maxPauseMs, refusals }: RatesConfig): ThrottleServices {
    const name = {
      scope: 'device',
      reason: 'message-rate',
      rule: 'rates.refusals',
      isObserved: false,
    } as const;
    return {
      monotonic: this.#options.monotonic,
      pauses: this.#pauses,
      maxPauseMs,
      refusals: limitOf(name, refusals),
      count: (limit) => this.counts.add(limit),
    };
  }

  #storiesOf({ subject }: Session): (limit: RateLimit) => Story | undefined {
    return (limit) => this.#stories.of(limit, subject, limit.text, this.#options.monotonic());
  }

  #endPace(session: Session): void {
    this.#book.leaveReplay(session.clientId);
    this.#paces.get(session)?.end();
    this.#paces.delete(session);
  }
}

/** Whom the limits of a session are looked up for. */
export const ratedBy = ({ clientId, identity, class: serviceClass, connection }: Session): RatedDevice => ({
  clientId,
  user: identity.user,
  class: serviceClass,
  listener: connection.listener,
});
