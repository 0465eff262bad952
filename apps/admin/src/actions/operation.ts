import type { Operation, OperationOutcome } from '@tributary/protocol/admin-api';

/** How long a node has for its answer, ms. */
export const answerWithinMs = 5000;

export interface OperationFacts {
  readonly id: string;
  readonly action: Operation['action'];
  readonly target: string;
  readonly reason: string;
  readonly by: string;
  /** Unix ms. */
  readonly at: number;
  /** How many devices or nodes it is about. */
  readonly total: number;
}

/**
 * An action on its way. Each of its targets, a device or a node, has at most one outcome; one that was called unanswered
 * gets its real outcome when the answer comes after all.
 */
export class RunningOperation {
  readonly facts: OperationFacts;
  readonly #outcomes = new Map<OperationOutcome, number>();
  /** Target → until when its answer is awaited, monotonic ms; in the order they were asked. */
  readonly #awaited = new Map<string, number>();
  readonly #unanswered = new Set<string>();
  readonly #onChange: (operation: RunningOperation) => void;
  #state: Operation['state'] = 'asked';
  #endedAt: number | null = null;
  #settled = 0;
  #detail = '';
  /** Connections the nodes say they ended, or look at. */
  #connections = 0;

  constructor(facts: OperationFacts, onChange: (operation: RunningOperation) => void) {
    this.facts = facts;
    this.#onChange = onChange;
  }

  get state(): Operation['state'] {
    return this.#state;
  }
  get hasEnded(): boolean {
    return this.#endedAt !== null;
  }
  get endedAt(): number | null {
    return this.#endedAt;
  }

  /** Its target was asked. @param at monotonic ms */
  asked(target: string, at: number): void {
    this.#awaited.set(target, at + answerWithinMs);
  }

  /** A node has answered for a target. @param now Unix ms */
  answered(target: string, outcome: OperationOutcome, detail: string, now: number): void {
    if (this.#unanswered.delete(target)) this.#count('unanswered', -1);
    else if (this.#awaited.delete(target)) this.#settled++;
    else return;
    this.#note(outcome, detail);
    this.#settle(outcome, now);
  }

  /** What became of targets that no node was asked about. @param now Unix ms */
  decided(outcome: OperationOutcome, count: number, now: number): void {
    if (count === 0) return;
    this.#settled += count;
    this.#count(outcome, count - 1);
    this.#settle(outcome, now);
  }

  /** Counts those that did not answer in time. @param at monotonic ms @param now Unix ms */
  expire(at: number, now: number): void {
    for (const [target, until] of this.#awaited) {
      if (until > at) return;
      this.#awaited.delete(target);
      this.#unanswered.add(target);
      this.#settled++;
      this.#settle('unanswered', now);
    }
  }

  /** Something to know about all of it, in words. */
  remark(words: string): void {
    this.#detail = words;
    this.#onChange(this);
  }

  /** It is about nobody. @param now Unix ms */
  endIfEmpty(now: number): void {
    if (this.facts.total > 0) return;
    this.#endIfSettled(now);
    this.#onChange(this);
  }

  /** No further target is asked; answers under way are still counted. */
  stop(now: number): void {
    if (this.hasEnded) return;
    this.#state = 'stopped';
    this.decided('not-sent', this.facts.total - this.#settled - this.#awaited.size, now);
    this.#endIfSettled(now);
    this.#onChange(this);
  }

  /** How it stands, as the API says it. */
  view(): Operation {
    const outcomes = Object.fromEntries(this.#outcomes);
    return { ...this.facts, state: this.#state, outcomes, detail: this.#detail, endedAt: this.#endedAt };
  }

  /** Of an order that was applied a node says how many connections it was about. */
  #note(outcome: OperationOutcome, detail: string): void {
    if (outcome === 'applied' && /^\d{1,9}$/.test(detail)) {
      this.#connections += Number(detail);
      const what = this.facts.action === 'trace' ? 'looked at' : 'ended';
      this.#detail = `${this.#connections} ${this.#connections === 1 ? 'connection' : 'connections'} ${what}`;
    } else if (detail !== '') this.#detail = detail;
  }

  #settle(outcome: OperationOutcome, now: number): void {
    this.#count(outcome, 1);
    if (this.#state === 'asked') this.#state = 'running';
    this.#endIfSettled(now);
    this.#onChange(this);
  }

  #endIfSettled(now: number): void {
    if (this.hasEnded || this.#settled < this.facts.total) return;
    this.#endedAt = now;
    if (this.#state !== 'stopped') this.#state = 'done';
  }

  #count(outcome: OperationOutcome, by: number): void {
    const count = (this.#outcomes.get(outcome) ?? 0) + by;
    if (count === 0) this.#outcomes.delete(outcome);
    else this.#outcomes.set(outcome, count);
  }
}
