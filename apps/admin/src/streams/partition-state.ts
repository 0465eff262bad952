import type { StreamLook } from '@tributary/backplane';
import type { PartitionView, Streams } from '@tributary/protocol/admin-api';

interface Seen {
  look: StreamLook;
  /** Monotonic ms. */
  at: number;
  /** Entries per second between the last two looks. */
  rate: number | null;
}

/** The streams as they were last looked at. */
export class PartitionStates {
  readonly #seen = new Map<number, Seen>();

  /** @param at monotonic ms */
  saw(partition: number, look: StreamLook, at: number): void {
    const before = this.#seen.get(partition);
    this.#seen.set(partition, { look, at, rate: rateBetween(before, look, at) });
  }

  clear(): void {
    this.#seen.clear();
  }

  get size(): number {
    return this.#seen.size;
  }

  entries(): Iterable<[number, StreamLook]> {
    return [...this.#seen].map(([partition, { look }]) => [partition, look]);
  }

  /** All of them together. */
  sums(): Streams['sums'] {
    const sums: Streams['sums'] = { length: 0, bytes: 0, oldestAt: null };
    for (const { look } of this.#seen.values()) {
      sums.length += look.length;
      sums.bytes += look.bytes ?? 0;
      if (look.oldestAt !== undefined) sums.oldestAt = Math.min(sums.oldestAt ?? Infinity, look.oldestAt);
    }
    return sums;
  }

  view(partition: number, devices: number): PartitionView {
    const { look, rate } = this.#seen.get(partition)!;
    return {
      partition,
      devices,
      length: look.length,
      rate,
      oldestAt: look.oldestAt ?? null,
      newestAt: look.newestAt ?? null,
      bytes: look.bytes ?? null,
      groups: look.groups.map((group) => ({
        ...group,
        lag: group.lag ?? null,
        oldestPendingAt: group.oldestPendingAt ?? null,
        idleMs: group.idleMs ?? null,
      })),
    };
  }
}

/** Null before the second look, and when the stream was made anew in between. */
function rateBetween(before: Seen | undefined, look: StreamLook, at: number): number | null {
  if (before === undefined || at <= before.at) return null;
  const added = look.entriesAdded - before.look.entriesAdded;
  return added < 0 ? null : Math.round((added / (at - before.at)) * 1e5) / 100;
}
