/** So many new ones are merged at once, whether or not anybody asks: a large merge would be felt. */
const mergeAt = 4096;

/** Slots in order of their ids (UTF-16 code units). New ones gather and are merged when the order is next asked for. */
export class IdOrder {
  readonly #ids: readonly string[];
  #sorted: Uint32Array = new Uint32Array();
  #added: number[] = [];

  /** @param ids the id of each slot; read, never written. */
  constructor(ids: readonly string[]) {
    this.#ids = ids;
  }

  add(slot: number): void {
    if (this.#added.push(slot) >= mergeAt) this.#merge();
  }

  /** Must be called while the slot still has its id. */
  remove(slot: number): void {
    const sorted = this.slots();
    const at = this.lowerBound(this.#ids[slot] ?? '');
    if (sorted[at] !== slot) return;
    sorted.copyWithin(at, at + 1);
    this.#sorted = sorted.subarray(0, -1);
  }

  /** To be read at once: it changes with the next device. */
  slots(): Uint32Array {
    if (this.#added.length > 0) this.#merge();
    return this.#sorted;
  }

  /** Position of the first id that is not below `id`. */
  lowerBound(id: string): number {
    return this.#firstPlace((other) => other >= id);
  }

  /** Where the ids with a beginning stand: they are neighbours. */
  rangeOf(beginning: string): [from: number, until: number] {
    const from = this.lowerBound(beginning);
    return [from, this.#firstPlace((id) => id > beginning && !id.startsWith(beginning))];
  }

  /** The first place whose id is wanted; so are all behind it. */
  #firstPlace(isWanted: (id: string) => boolean): number {
    const slots = this.slots();
    let low = 0;
    let high = slots.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isWanted(this.#ids[slots[middle]!]!)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #merge(): void {
    const ids = this.#ids;
    const below = (a: number, b: number): boolean => ids[a]! < ids[b]!;
    const added = this.#added.sort((a, b) => (below(a, b) ? -1 : 1));
    const old = this.#sorted;
    const merged = new Uint32Array(old.length + added.length);
    let next = 0;
    let end = 0;
    for (let i = 0; i < old.length; i++) {
      while (next < added.length && below(added[next]!, old[i]!)) merged[end++] = added[next++]!;
      merged[end++] = old[i]!;
    }
    while (next < added.length) merged[end++] = added[next++]!;
    this.#sorted = merged;
    this.#added = [];
  }
}
