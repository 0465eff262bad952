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
  #isWriting = false;

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
   */
  async flush(store: Store, keys: Keys, note: (dropped: number) => TraceEvent): Promise<void> {
    if (this.#isWriting || !store.isUp || (this.#waiting.length === 0 && this.#dropped === 0)) return;
    const dropped = this.#dropped;
    const events = dropped > 0 ? [...this.#waiting, note(dropped)] : this.#waiting;
    this.#waiting = [];
    this.#dropped = 0;
    this.#isWriting = true;
    try {
      await appendTrace(store.redis, keys, this.order, events, dropped);
    } catch {
      const lost = events.length - (dropped > 0 ? 1 : 0);
      this.#dropped += dropped + lost;
      this.droppedSoFar += lost;
    } finally {
      this.#isWriting = false;
    }
  }
}
