import { appendTrace, type Keys, type Store, type TraceEvent, type TraceOrder } from '@tributary/backplane';
import { parseTarget, type Target } from '@tributary/protocol';

/** Events a second of one trace on one node; what comes beyond is counted. */
export const maxEventsPerSecond = 200;
/** The most events that wait for Redis: two seconds' worth. */
const maxWaiting = 2 * maxEventsPerSecond;

/** A trace as this node runs it: what its devices said, waiting for Redis within a bound. */
export class RunningTrace {
  readonly order: TraceOrder;
  readonly target: Target;
  /** Connections it looks at here. */
  watched = 0;
  /** Events left out since it began here. */
  droppedSoFar = 0;
  #waiting: TraceEvent[] = [];
  #dropped = 0;
  #secondBeganAt = 0;
  #inSecond = 0;
  #writing: Promise<void> | undefined;

  constructor(order: TraceOrder) {
    this.order = order;
    this.target = parseTarget(order.target)!;
  }

  /** Whether it takes an event now; one it does not take is counted. @param at monotonic ms */
  takes(at: number): boolean {
    if (at - this.#secondBeganAt >= 1000) {
      this.#secondBeganAt = at;
      this.#inSecond = 0;
    }
    if (this.#inSecond < maxEventsPerSecond && this.#waiting.length < maxWaiting) {
      this.#inSecond++;
      return true;
    }
    this.#dropped++;
    this.droppedSoFar++;
    return false;
  }

  /** Adds an event that `takes` said yes to. */
  add(event: TraceEvent): void {
    this.#waiting.push(event);
  }

  /**
   * Writes what waits, one write at a time. What a write that failed had is lost and counted; while Redis is away nothing
   * is tried, and what waits stays within its bound.
   * @param note the event that says how many were left out
   */
  flush(store: Store, keys: Keys, note: (dropped: number) => TraceEvent): Promise<void> {
    this.#writing ??= this.#write(store, keys, note).finally(() => (this.#writing = undefined));
    return this.#writing;
  }

  /** Writes the last of it, behind a write that is under way. */
  async finish(store: Store, keys: Keys, note: (dropped: number) => TraceEvent): Promise<void> {
    await this.#writing;
    await this.flush(store, keys, note);
  }

  async #write(store: Store, keys: Keys, note: (dropped: number) => TraceEvent): Promise<void> {
    if (!store.isUp || (this.#waiting.length === 0 && this.#dropped === 0)) return;
    const dropped = this.#dropped;
    const seen = this.#waiting;
    this.#waiting = [];
    this.#dropped = 0;
    try {
      const events = dropped > 0 ? [...seen, note(dropped)] : seen;
      await appendTrace(store.redis, keys, this.order, events, dropped);
    } catch {
      this.#dropped += dropped + seen.length;
      this.droppedSoFar += seen.length;
    }
  }
}
