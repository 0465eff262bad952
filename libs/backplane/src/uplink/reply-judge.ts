import { linkErrorCodes } from '../link-errors.ts';
import type { UplinkBatch } from './batch.ts';
import { Outcome } from './channel.ts';
import { ReplyType } from './resp-reader.ts';
import type { Settlement } from './settlement.ts';
import type { Unstored } from './unstored.ts';

/** Reads in each reply what became of its entry. */
export class ReplyJudge {
  readonly #settlement: Settlement;
  readonly #unstored: Unstored;
  readonly #onRefused: (reply: string) => void;
  /** A link-level error that was read: nothing more is to be sent on this connection. */
  linkError: string | undefined;

  /** @param onRefused Redis refused a message for a reason of its own; its text */
  constructor(settlement: Settlement, unstored: Unstored, onRefused: (reply: string) => void) {
    this.#settlement = settlement;
    this.#unstored = unstored;
    this.#onRefused = onRefused;
  }

  /** The reply to the next entry of the batch. Of a number the first digit tells: the scripts answer 1, 0 or -1. */
  judge(batch: UplinkBatch, type: number, bytes: Buffer, start: number, end: number): void {
    const index = batch.answered++;
    const settlement = this.#settlement;
    if (type === ReplyType.ERROR) this.#judgeError(batch, index, bytes.toString('latin1', start, end));
    else if (batch.channels[index]!.hasHole) this.#breakOrder(batch, index);
    else if (type !== ReplyType.INTEGER) settlement.settleStored(batch, index);
    else if (bytes[start] === 0x30) settlement.settle(batch, index, Outcome.FENCED);
    else if (bytes[start] === 0x2d) settlement.settle(batch, index, Outcome.FAILED);
    else settlement.settleStored(batch, index);
  }

  /** What WAIT says of a flush: it holds for each of its entries. `refused`: in words of Redis, `bytes[start, end)`. */
  heldBack(verdict: 'enough' | 'too-few' | 'refused', bytes: Buffer, start: number, end: number): void {
    if (verdict === 'refused') this.#onRefused(bytes.toString('latin1', start, end));
    this.#settlement.storedAs = verdict === 'enough' ? Outcome.STORED : Outcome.NOT_REPLICATED;
  }

  #judgeError(batch: UplinkBatch, index: number, reply: string): void {
    const code = reply.slice(0, reply.indexOf(' ') >>> 0);
    if (linkErrorCodes.has(code)) {
      this.linkError = reply;
      this.#unstored.keep(batch, index);
      return;
    }
    this.#onRefused(reply);
    this.#settlement.settle(batch, index, Outcome.FAILED);
  }

  /** Stored behind one that was not: the order is beyond repair, so the device must repeat it. */
  #breakOrder(batch: UplinkBatch, index: number): void {
    batch.channels[index]!.isBroken = true;
    this.#settlement.settle(batch, index, Outcome.STORED);
  }
}
