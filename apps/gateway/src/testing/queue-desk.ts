import type { QueueOp } from '@tributary/backplane';
import type { Delivery } from '../routing/delivery.ts';
import { deliveryBytes } from '../routing/delivery.ts';
import type { QueueAccess, QueueEntry } from '../session/deliveries/queue-access.ts';

interface Read {
  readonly after: number;
  readonly count: number;
  answer(entries: readonly QueueEntry[]): void;
  fail(): void;
}

interface Settlement {
  readonly op: QueueOp;
  readonly onDone: (isDone: boolean) => void;
}

/** A queue whose every answer waits for the test, so that anything can happen while it is on its way. */
export class QueueDesk implements QueueAccess {
  maxAgeMs = 60_000;
  /** What there is, as Redis has it. */
  readonly entries: QueueEntry[] = [];
  readonly reads: Read[] = [];
  readonly settlements: Settlement[] = [];
  #n: number;

  /** `counter`: the last number given before. */
  constructor(counter = 0) {
    this.#n = counter;
  }

  read(after: number, count: number): Promise<readonly QueueEntry[]> {
    return new Promise((resolve, reject) =>
      this.reads.push({
        after,
        count,
        answer: resolve,
        fail: () => reject(new Error('Connection is closed.')),
      }),
    );
  }

  settle(op: QueueOp, onDone: (isDone: boolean) => void): void {
    this.settlements.push({ op, onDone });
  }

  /** Puts a message into the queue, of which nobody is told. Answers its number. */
  put(delivery: Delivery): number {
    const n = ++this.#n;
    this.entries.push({ n, bytes: deliveryBytes(delivery), delivery });
    return n;
  }

  /** Answers the oldest read as Redis would now, and lets what follows from it happen. */
  async answerRead(): Promise<void> {
    const read = this.reads.shift();
    if (read === undefined) throw new Error('nothing is being read');
    read.answer(this.entries.filter(({ n }) => n > read.after).slice(0, read.count));
    await settled();
  }

  /** Answers reads until there is none. */
  async answerReads(): Promise<void> {
    await settled();
    while (this.reads.length > 0) await this.answerRead();
  }

  /** The connection breaks under the oldest read. */
  async failRead(): Promise<void> {
    this.reads.shift()!.fail();
    await settled();
  }

  /** Answers what was settled so far, and says what it was: `done 1`. */
  answerSettled(isDone = true): string[] {
    return this.settlements.splice(0).map(({ op, onDone }) => {
      const at = this.entries.findIndex(({ n }) => n === op.n);
      if (isDone && op.op !== 'complete' && at >= 0) this.entries.splice(at, 1);
      onDone(isDone);
      return `${op.op} ${op.n}`;
    });
  }
}

/** Everything that was resolved has run. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
