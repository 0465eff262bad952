/**
 * A map of the entries that were used last: at least half of `maxEntries` of them, never more than that. Two generations,
 * so that forgetting costs nothing however many keys come: a map from which the oldest key is deleted again and again
 * has to step over all that were there before it.
 */
export class RecentMap<V> {
  readonly #half: number;
  #young = new Map<string, V>();
  #old = new Map<string, V>();

  constructor(maxEntries: number) {
    this.#half = Math.max(1, maxEntries >> 1);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** The value of a key, which is in use by that. */
  get(key: string): V | undefined {
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: V): void {
    this.#old.delete(key);
    this.#young.set(key, value);
    if (this.#young.size < this.#half) return;
    this.#old = this.#young;
    this.#young = new Map();
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}
