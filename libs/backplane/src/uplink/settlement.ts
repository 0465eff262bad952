import type { UplinkBatch } from './batch.ts';
import { EntryKind, Outcome, type UplinkChannel } from './channel.ts';

/** Tells channels what became of their entries, and marks those whose order can no longer be kept. */
export class Settlement {
  /** What an entry is that the master has: with replicas it depends on them. */
  storedAs: Outcome = Outcome.STORED;
  /** Entries settled since the start. */
  count = 0;

  /** The master has the entry: the way of nearly all, in few steps. */
  settleStored(batch: UplinkBatch, index: number): void {
    if (this.storedAs !== Outcome.STORED) return this.settle(batch, index, this.storedAs);
    const channel = batch.channels[index]!;
    const kind = batch.kinds[index]!;
    this.count++;
    if (kind !== EntryKind.RELEASE) batch.stored++;
    const isTooLate = channel.isBroken && kind !== EntryKind.QOS0;
    channel.onSettled(kind, batch.tokens[index]!, isTooLate ? Outcome.FAILED : Outcome.STORED);
  }

  settle(batch: UplinkBatch, index: number, outcome: Outcome): void {
    const channel = batch.channels[index]!;
    const kind = batch.kinds[index]!;
    this.count++;
    if (isLost(outcome) && kind !== EntryKind.QOS0) channel.isBroken = true;
    if (outcome === Outcome.STORED && kind !== EntryKind.RELEASE) batch.stored++;
    channel.onSettled(kind, batch.tokens[index]!, toldOf(channel, kind, outcome));
  }

  /** Every entry of the batch from `first` on. */
  settleAll(batch: UplinkBatch, outcome: Outcome, first = 0): void {
    for (let index = first; index < batch.count; index++) this.settle(batch, index, outcome);
  }
}

/** Whether the device is told that it was not stored as it asked. */
const isLost = (outcome: Outcome): boolean =>
  outcome === Outcome.FAILED || outcome === Outcome.NOT_REPLICATED;

function toldOf({ isBroken }: UplinkChannel, kind: EntryKind, outcome: Outcome): Outcome {
  // QoS 0 is not acknowledged: that the master has it is all it asks.
  if (kind === EntryKind.QOS0) return outcome === Outcome.NOT_REPLICATED ? Outcome.STORED : outcome;
  return outcome === Outcome.STORED && isBroken ? Outcome.FAILED : outcome;
}
