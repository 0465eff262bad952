import { UplinkBatch } from './batch.ts';
import { EntryKind, Outcome } from './channel.ts';
import type { Settlement } from './settlement.ts';

/**
 * Entries that were refused at link level or never answered, oldest first. They wait for the link to be quiet and are then
 * sent again, in their order, before anything else.
 */
export class Unstored {
  readonly #settlement: Settlement;
  readonly #maxBatchBytes: number;
  #entries: { readonly batch: UplinkBatch; readonly index: number }[] = [];

  constructor(settlement: Settlement, maxBatchBytes: number) {
    this.#settlement = settlement;
    this.#maxBatchBytes = maxBatchBytes;
  }

  /** Batches that entries are kept of must stay as they are while this is false. */
  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** An entry was refused at link level. QoS 0 is not worth a second try, all else is sent again in order. */
  keep(batch: UplinkBatch, index: number): void {
    if (batch.kinds[index] === EntryKind.QOS0) {
      this.#settlement.settle(batch, index, Outcome.FAILED);
    } else {
      batch.channels[index]!.hasHole = true;
      this.#entries.push({ batch, index });
    }
  }

  /** No reply to the rest of the batch will come: QoS 0 stays unknown; the rest may or may not be stored and is sent again. */
  abandon(batch: UplinkBatch): void {
    for (let index = batch.answered; index < batch.count; index++) {
      const channel = batch.channels[index]!;
      const { hasHole } = channel;
      // Perhaps stored, and behind one that was not: the order is beyond repair.
      if (hasHole) channel.isBroken = true;
      if (batch.kinds[index] === EntryKind.QOS0) this.#settlement.settle(batch, index, Outcome.UNKNOWN);
      else if (hasHole) this.#settlement.settle(batch, index, Outcome.FAILED);
      else this.#entries.push({ batch, index });
    }
  }

  /** None of them will be sent any more. */
  failAll(): void {
    for (const { batch, index } of this.#take()) this.#settlement.settle(batch, index, Outcome.FAILED);
  }

  /** Takes them out as batches to be sent again; those of channels whose order is beyond repair are settled instead. */
  takeAgain(): UplinkBatch[] {
    const again: UplinkBatch[] = [];
    for (const { batch, index } of this.#take()) {
      const channel = batch.channels[index]!;
      channel.hasHole = false;
      if (channel.isBroken) this.#settlement.settle(batch, index, Outcome.FAILED);
      else this.#lastOf(again, batch.firstAt).appendFrom(batch, index);
    }
    return again;
  }

  #take(): readonly { readonly batch: UplinkBatch; readonly index: number }[] {
    const entries = this.#entries;
    this.#entries = [];
    return entries;
  }

  #lastOf(batches: UplinkBatch[], firstAt: number): UplinkBatch {
    const last = batches.at(-1);
    if (last !== undefined && last.byteLength < this.#maxBatchBytes) return last;
    const next = new UplinkBatch();
    next.firstAt = firstAt;
    batches.push(next);
    return next;
  }
}
