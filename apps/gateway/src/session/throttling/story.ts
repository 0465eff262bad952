import type { ThrottleAction, ThrottleNote, ThrottleSubject } from '../../admission/throttle-note.ts';

/** How often a rule and a subject are told of at the most, ms. */
export const retellMs = 60_000;
/** A story is told when it is this old, so that its figures mean something, ms. */
const firstMs = 1000;

/** A rule that strikes, whatever it does. */
export type ThrottleRule = Omit<ThrottleNote, 'action'>;

const weight = { pause: 0, refuse: 1, close: 2 } as const satisfies Record<ThrottleAction, number>;

/** What one rule did to one subject since it was last told: a few numbers, however often it struck. */
export class Story {
  readonly rule: ThrottleRule;
  /** As it was seen last. */
  subject: ThrottleSubject;
  /** The limit as it was written; '' where nobody said. */
  readonly limit: string;
  /** Nobody tells it any more: a new one begins. */
  isOver = false;
  /** How often the rule struck. */
  count = 0;
  refused = 0;
  /** How long reading was stopped in all, ms. */
  pausedMs = 0;
  /** The longest pause one message would have needed, ms. */
  longestMs = 0;
  /** What the subject sent, in the limit's own unit. */
  offered = 0;
  /** The worst that was done. */
  action: ThrottleAction = 'pause';
  #sinceMs: number;
  #toldMs: number | undefined;

  constructor(rule: ThrottleRule, subject: ThrottleSubject, limit: string, nowMs: number) {
    this.rule = rule;
    this.subject = subject;
    this.limit = limit;
    this.#sinceMs = nowMs;
  }

  /** The rule struck. `waitMs`: the pause it would have taken to let the message through. */
  struck(action: ThrottleAction, waitMs: number): void {
    this.count++;
    if (action !== 'pause') this.refused++;
    if (waitMs > this.longestMs) this.longestMs = waitMs;
    if (weight[action] > weight[this.action]) this.action = action;
  }

  /** What the subject sent in a second, of the limit's unit; undefined before that can be said. */
  offeredPerSecond(nowMs: number): number | undefined {
    const passedMs = nowMs - this.#sinceMs;
    return passedMs < firstMs || this.offered === 0 ? undefined : (this.offered * 1000) / passedMs;
  }

  /** There is something to tell, and it is time. */
  isDue(nowMs: number): boolean {
    if (this.count === 0) return false;
    return this.#toldMs === undefined ? nowMs - this.#sinceMs >= firstMs : nowMs - this.#toldMs >= retellMs;
  }

  /** Nothing has happened since it was told, for long enough. */
  isStale(nowMs: number): boolean {
    return this.count === 0 && nowMs - (this.#toldMs ?? this.#sinceMs) >= retellMs;
  }

  /** It was told: counting begins anew. */
  told(nowMs: number): void {
    this.#toldMs = nowMs;
    this.#sinceMs = nowMs;
    this.count = 0;
    this.refused = 0;
    this.pausedMs = 0;
    this.longestMs = 0;
    this.offered = 0;
    this.action = 'pause';
  }
}
