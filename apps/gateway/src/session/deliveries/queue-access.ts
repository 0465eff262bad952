import type { QueueOp } from '@tributary/backplane';
import type { Delivery } from '../../routing/delivery.ts';

/** One entry of the session's queue in Redis. */
export interface QueueEntry {
  /** Its id is `n-0`. */
  readonly n: number;
  /** What it counts for in the queue's bytes. */
  readonly bytes: number;
  readonly delivery: Delivery;
}

/** The session's queue in Redis, fenced by its epoch. */
export interface QueueAccess {
  /** Entries behind `after`, at most `count` and about `maxBytes` of them. @throws without Redis */
  read(after: number, count: number, maxBytes: number): Promise<readonly QueueEntry[]>;
  /** Writes what became of an entry; `onDone` when Redis has answered: false when the session has no right to any more. */
  settle(op: QueueOp, onDone: (isDone: boolean) => void): void;
  /** Older messages are not sent. */
  readonly maxAgeMs: number;
}
