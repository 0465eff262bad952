import type { UplinkBatch } from './batch.ts';
import type { UplinkLink } from './link.ts';
import { type ReplicaDemand, ReplicaHold } from './replica-hold.ts';
import type { ReplyJudge } from './reply-judge.ts';

/** The flush that is sent and not wholly answered. */
export class Flight {
  /** Oldest first; whoever fills it calls `write`. */
  readonly batches: UplinkBatch[] = [];
  readonly #judge: ReplyJudge;
  readonly #hold: ReplicaHold | undefined;
  readonly #onAnswered: (batch: UplinkBatch) => void;

  /** @param onAnswered every entry of the batch is */
  constructor(
    judge: ReplyJudge,
    replicas: ReplicaDemand | undefined,
    onAnswered: (batch: UplinkBatch) => void,
  ) {
    this.#judge = judge;
    this.#hold = replicas === undefined ? undefined : new ReplicaHold(replicas);
    this.#onAnswered = onAnswered;
  }

  get isEmpty(): boolean {
    return this.batches.length === 0;
  }

  write(link: UplinkLink): void {
    if (this.#hold === undefined) return link.write(this.batches);
    this.#hold.begin(this.batches.reduce((sum, { count }) => sum + count, 0));
    link.write([...this.batches, this.#hold.command]);
  }

  /** Takes the next reply of the link. */
  answer(type: number, bytes: Buffer, start: number, end: number): void {
    if (this.#hold === undefined) this.#judgeNext(type, bytes, start, end);
    else this.#answerHeld(this.#hold, type, bytes, start, end);
  }

  /** Nothing is judged before WAIT is answered. */
  #answerHeld(hold: ReplicaHold, type: number, bytes: Buffer, start: number, end: number): void {
    const verdict = hold.take(type, bytes, start, end);
    if (verdict === undefined) return;
    this.#judge.heldBack(verdict, bytes, start, end);
    hold.release((kept, text) => this.#judgeNext(kept, text, 0, text.length));
  }

  #judgeNext(type: number, bytes: Buffer, start: number, end: number): void {
    const batch = this.batches[0];
    if (batch === undefined) throw new Error('a reply to nothing');
    this.#judge.judge(batch, type, bytes, start, end);
    if (batch.answered < batch.count) return;
    this.batches.shift();
    this.#onAnswered(batch);
  }
}
