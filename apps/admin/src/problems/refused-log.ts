import type { Problems } from '@tributary/protocol/admin-api';
import type { Refusal } from '../nodes/refusals.ts';

const minuteMs = 60_000;
const keptMinutes = 60;
/** Sources told apart within a minute; what comes from further ones is counted without an address. */
const maxSources = 200;
const maxRows = 50;

/** Connects that were turned away in the last hour, counted by minute, reason and address. */
export class RefusedLog {
  readonly #minutes = new Map<number, Map<string, Refusal>>();

  /** @param at Unix ms */
  add(refusals: readonly Refusal[], at: number): void {
    const minute = Math.floor(at / minuteMs);
    const sources = this.#minutes.get(minute) ?? new Map<string, Refusal>();
    this.#minutes.set(minute, sources);
    for (const refusal of refusals) count(sources, refusal);
    const oldest = Math.max(...this.#minutes.keys()) - keptMinutes;
    for (const known of this.#minutes.keys()) if (known <= oldest) this.#minutes.delete(known);
  }

  /** By reason, of the last `withinMs`. @param now Unix ms */
  byReason(now: number, withinMs: number): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { reason, count } of this.#since(now - withinMs)) {
      counts.set(reason, (counts.get(reason) ?? 0) + count);
    }
    return counts;
  }

  /** Of the last hour, the most frequent first. */
  rows(now: number): Problems['refused'] {
    const rows = new Map<string, Problems['refused'][number]>();
    for (const { reason, address, count, at } of this.#since(now - keptMinutes * minuteMs)) {
      const key = keyOf(reason, address);
      const row = rows.get(key) ?? { reason, address, count: 0, lastAt: at };
      row.count += count;
      row.lastAt = Math.max(row.lastAt, at);
      rows.set(key, row);
    }
    return [...rows.values()].sort((a, b) => b.count - a.count).slice(0, maxRows);
  }

  *#since(from: number): Generator<Refusal & { at: number }> {
    for (const [minute, sources] of this.#minutes) {
      const at = (minute + 1) * minuteMs;
      if (at > from) for (const refusal of sources.values()) yield { ...refusal, at };
    }
  }
}

const keyOf = (reason: string, address: string): string => `${reason}\n${address}`;

function count(sources: Map<string, Refusal>, refusal: Refusal): void {
  const known = sources.get(keyOf(refusal.reason, refusal.address));
  if (known === undefined && sources.size < maxSources) {
    sources.set(keyOf(refusal.reason, refusal.address), { ...refusal });
    return;
  }
  const row = known ?? sources.get(keyOf(refusal.reason, '')) ?? { ...refusal, address: '', count: 0 };
  row.count += refusal.count;
  sources.set(keyOf(row.reason, row.address), row);
}
