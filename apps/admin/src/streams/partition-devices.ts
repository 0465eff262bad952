import { partitionOf } from '@tributary/protocol';

/** What is needed of the index of devices. */
interface Table {
  readonly slotsEnd: number;
  readonly columns: { readonly id: readonly string[] };
  isLive(slot: number): boolean;
}

/** Checksums of so many ids take a few milliseconds. */
const slotsPerStep = 10_000;

/**
 * How many connected devices each partition has. A device's partition is a checksum of its id, so the index is walked a
 * part at a time; the counts are those of the last whole walk.
 */
export class PartitionDevices {
  #counts: readonly number[] = [];
  #walk: { table: Table; counts: number[]; slot: number } | undefined;

  /** Walks on. @param partitions how many there are */
  step(table: Table, partitions: number): void {
    const isFresh = this.#walk?.table !== table || this.#walk.counts.length !== partitions;
    const walk = isFresh ? { table, counts: zeros(partitions), slot: 0 } : this.#walk!;
    const end = Math.min(table.slotsEnd, walk.slot + slotsPerStep);
    for (let { slot } = walk; slot < end; slot++) {
      if (table.isLive(slot)) walk.counts[partitionOf(table.columns.id[slot]!, partitions)]! += 1;
    }
    walk.slot = end;
    this.#walk = walk;
    if (end < table.slotsEnd) return;
    this.#counts = walk.counts;
    this.#walk = undefined;
  }

  of(partition: number): number {
    return this.#counts[partition] ?? 0;
  }
}

const zeros = (length: number): number[] => Array.from({ length }, () => 0);
