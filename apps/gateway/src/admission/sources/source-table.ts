import { SourceEntry, type SourceLimits } from './source-entry.ts';
import type { SourceKey } from './source-key.ts';

/** Entries without connections, the one longest so first. */
class IdleList {
  #first: SourceEntry | undefined;
  #last: SourceEntry | undefined;
  size = 0;

  get first(): SourceEntry | undefined {
    return this.#first;
  }

  push(entry: SourceEntry): void {
    entry.previous = this.#last;
    entry.next = undefined;
    if (this.#last === undefined) this.#first = entry;
    else this.#last.next = entry;
    this.#last = entry;
    this.size++;
  }

  remove(entry: SourceEntry): void {
    const { previous, next } = entry;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    entry.previous = entry.next = undefined;
    this.size--;
  }
}

/**
 * What is known of sources, in bounded memory: no more entries without a connection than are to be remembered, and no more
 * with one than there are connections. Those without that have earned something have half of the room to themselves, so that a
 * spray of addresses displaces itself and not those who were good.
 */
export class SourceTable {
  readonly #entries = new Map<SourceKey, SourceEntry>();
  readonly #strangers = new IdleList();
  readonly #earners = new IdleList();
  #maxIdle: number;

  constructor(maxIdle: number) {
    this.#maxIdle = maxIdle;
  }

  get size(): number {
    return this.#entries.size;
  }

  configure(maxIdle: number): void {
    this.#maxIdle = maxIdle;
    this.#evict();
  }

  /** The entry of a source, a fresh one if need be, kept for now: it gets a connection, or is said to be idle, at once. */
  of(key: SourceKey, limits: SourceLimits, nowMs: number): SourceEntry {
    let entry = this.#entries.get(key);
    if (entry === undefined) this.#entries.set(key, (entry = new SourceEntry(key, limits, nowMs)));
    else if (entry.open === 0) this.#listOf(entry).remove(entry);
    return entry;
  }

  /** It has no connection, or none any more. */
  idled(entry: SourceEntry): void {
    if (this.#entries.get(entry.key) !== entry) return; // of a table that was replaced
    this.#listOf(entry).push(entry);
    this.#evict();
  }

  #listOf(entry: SourceEntry): IdleList {
    return entry.hasEarned ? this.#earners : this.#strangers;
  }

  #evict(): void {
    while (this.#strangers.size + this.#earners.size > this.#maxIdle) {
      // Earners get half of the room: what strangers did must be remembered too.
      const list = this.#earners.size > this.#maxIdle / 2 ? this.#earners : this.#strangers;
      const oldest = list.first!;
      list.remove(oldest);
      this.#entries.delete(oldest.key);
    }
  }
}
