import { setImmediate as nextTurn } from 'node:timers/promises';
import { isLinkError, isReplyError, type Store } from '@tributary/backplane';

/** What a request came to. An error is Redis's own answer: it was not carried out. */
export type Answer<A> = A | Error;

interface Pending<R, A> {
  readonly request: R;
  readonly onAnswer: (answer: Answer<A>) => void;
}

/** Requests sent at a time; the rest follow with the next batch. */
const batchSize = 200;
const batchBytes = 4 * 1024 * 1024;
/** Pause before what Redis did not answer, though it is there, is sent again, ms. */
const retryMs = 250;

/**
 * Writes to Redis that must not be given up: gathers requests for one turn of the event loop, sends them as one
 * pipeline, and sends again, in order, what a lost connection left unanswered. Whoever asks bounds what it asks for.
 *
 * Each request is answered exactly once.
 */
export class StoreWriter<R, A> {
  readonly #store: Store;
  readonly #send: (requests: readonly R[]) => Promise<readonly Answer<A>[]>;
  #pending: Pending<R, A>[] = [];
  /** Of `#pending`: those before it are answered. */
  #first = 0;
  readonly #sizeOf: (request: R) => number;
  /** Called when some of what waited is answered. */
  onRoom: () => void = () => {};
  #isFlushDue = false;
  #isSending = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #onTurnEnd = (): void => {
    this.#isFlushDue = false;
    void this.#flush();
  };

  /**
   * @param send writes a batch as one pipeline and answers each, connection failures as errors too
   * @param sizeOf bytes of a request, about, so that a batch does not grow too large
   */
  constructor(
    store: Store,
    send: (requests: readonly R[]) => Promise<readonly Answer<A>[]>,
    sizeOf: (request: R) => number = () => 0,
  ) {
    this.#store = store;
    this.#send = send;
    this.#sizeOf = sizeOf;
    store.on('up', this.#onTurnEnd);
  }

  /** Requests not answered yet. */
  get size(): number {
    return this.#pending.length - this.#first;
  }

  submit(request: R, onAnswer: (answer: Answer<A>) => void): void {
    if (this.#isClosed) return onAnswer(new Error('closed'));
    this.#pending.push({ request, onAnswer });
    if (this.#isFlushDue || this.#isSending) return;
    this.#isFlushDue = true;
    setImmediate(this.#onTurnEnd);
  }

  #nextBatch(): Pending<R, A>[] {
    const batch: Pending<R, A>[] = [];
    const end = Math.min(this.#first + batchSize, this.#pending.length);
    for (let i = this.#first, bytes = 0; i < end && bytes < batchBytes; i++) {
      const pending = this.#pending[i]!;
      bytes += this.#sizeOf(pending.request);
      batch.push(pending);
    }
    return batch;
  }

  /** Now and then the array is cut: shifting each time would cost its length. */
  #dropFirst(count: number): void {
    this.#first += count;
    if (this.#first < 1000 && this.#first < this.#pending.length) return;
    this.#pending = this.#pending.slice(this.#first);
    this.#first = 0;
  }

  /** The rest goes again, in order: when Redis is back, or, where only this was not answered, in a moment. */
  #retry(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#flush();
    }, retryMs);
  }

  /** Answers all that waits with an error. Idempotent. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#store.off('up', this.#onTurnEnd);
    const left = this.#pending.slice(this.#first);
    this.#pending = [];
    this.#first = 0;
    for (const { onAnswer } of left) onAnswer(new Error('closed'));
  }

  /** One batch at a time: the next holds what the last round trip gathered, and order needs no thought. */
  async #flush(): Promise<void> {
    if (this.#isSending || !this.#store.isUp) return;
    this.#isSending = true;
    try {
      while (this.size > 0 && this.#store.isUp && !this.#isClosed) {
        const batch = this.#nextBatch();
        const answers = await this.#send(batch.map(({ request }) => request));
        if (this.#isClosed) return;
        const unanswered = answers.findIndex(isUnanswered);
        const done = unanswered < 0 ? batch.length : unanswered;
        this.#dropFirst(done);
        for (let i = 0; i < done; i++) batch[i]!.onAnswer(answers[i]!);
        if (done > 0) this.onRoom();
        if (unanswered >= 0) return this.#retry();
        // Others have their turn between two batches, however fast Redis answers.
        if (this.size > 0) await nextTurn();
      }
    } finally {
      this.#isSending = false;
    }
  }
}

/** No answer came, or Redis could not for a reason that passes: full disk, loading, a replica now. */
function isUnanswered(answer: unknown): boolean {
  return answer instanceof Error && (!isReplyError(answer) || isLinkError(answer));
}
