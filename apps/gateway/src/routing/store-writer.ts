import { isLinkError, isReplyError, type Store } from '@tributary/backplane';

/** What a request came to. An error is Redis's own answer: it was not carried out. */
export type Answer<A> = A | Error;

interface Pending<R, A> {
  readonly request: R;
  readonly onAnswer: (answer: Answer<A>) => void;
}

/** Requests sent at a time; the rest follow with the next batch. */
const batchSize = 200;
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
  readonly #pending: Pending<R, A>[] = [];
  #isFlushDue = false;
  #isSending = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #onTurnEnd = (): void => {
    this.#isFlushDue = false;
    void this.#flush();
  };

  /** `send` writes a batch as one pipeline and answers each, connection failures as errors too. */
  constructor(store: Store, send: (requests: readonly R[]) => Promise<readonly Answer<A>[]>) {
    this.#store = store;
    this.#send = send;
    store.on('up', this.#onTurnEnd);
  }

  /** Requests not answered yet. */
  get size(): number {
    return this.#pending.length;
  }

  submit(request: R, onAnswer: (answer: Answer<A>) => void): void {
    if (this.#isClosed) return onAnswer(new Error('closed'));
    this.#pending.push({ request, onAnswer });
    if (this.#isFlushDue || this.#isSending) return;
    this.#isFlushDue = true;
    setImmediate(this.#onTurnEnd);
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
    for (const { onAnswer } of this.#pending.splice(0)) onAnswer(new Error('closed'));
  }

  /** One batch at a time: the next holds what the last round trip gathered, and order needs no thought. */
  async #flush(): Promise<void> {
    if (this.#isSending || !this.#store.isUp) return;
    this.#isSending = true;
    try {
      while (this.#pending.length > 0 && this.#store.isUp && !this.#isClosed) {
        const batch = this.#pending.slice(0, batchSize);
        const answers = await this.#send(batch.map(({ request }) => request));
        if (this.#isClosed) return;
        const unanswered = answers.findIndex(isUnanswered);
        const done = unanswered < 0 ? batch.length : unanswered;
        this.#pending.splice(0, done);
        for (let i = 0; i < done; i++) batch[i]!.onAnswer(answers[i]!);
        if (unanswered >= 0) return this.#retry();
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
