import type { CloseReason } from '@tributary/protocol';
import { type Deadlines, Timed } from '../connection/deadlines.ts';
import type { Session } from './session.ts';

/** Further away than any process lives. */
const farMs = 10 * 366 * 24 * 3600_000;

class End extends Timed {
  readonly #onDue: () => void;

  constructor(onDue: () => void) {
    super();
    this.#onDue = onDue;
  }

  override onDue(): void {
    this.#onDue();
  }
}

/** Sessions that end at a time of their own, such as that of the token they came with: one entry each in the wheel of all deadlines. */
export class SessionEnds {
  readonly #deadlines: Deadlines;
  readonly #now: () => number;
  readonly #ends = new Map<Session, End>();

  /** @param now Unix ms */
  constructor(deadlines: Deadlines, now: () => number) {
    this.#deadlines = deadlines;
    this.#now = now;
  }

  /** Sessions that wait for their end. */
  get size(): number {
    return this.#ends.size;
  }

  /** @param at Unix ms; told within half a second of it */
  endAt(session: Session, at: number, reason: CloseReason): void {
    const inMs = at - this.#now();
    if (inMs > farMs) return;
    this.forget(session);
    const end = new End(() => {
      this.#ends.delete(session);
      session.close(reason);
    });
    this.#ends.set(session, end);
    this.#deadlines.arm(end, Math.max(0, inMs));
  }

  /** The session has ended by itself. */
  forget(session: Session): void {
    const end = this.#ends.get(session);
    if (end === undefined) return;
    this.#ends.delete(session);
    this.#deadlines.disarm(end);
  }
}
