/** Slots in order of their ids (UTF-16 code units). New ones gather and are merged when the order is next asked for. */
export class IdOrder {
  readonly #ids: readonly string[];
  #sorted: number[] = [];
  #added: number[] = [];

  /** @param ids the id of each slot; read, never written. */
  constructor(ids: readonly string[]) {
    this.#ids = ids;
  }

  add(slot: number): void {
    this.#added.push(slot);
  }

  /** Must be called while the slot still has its id. */
  remove(slot: number): void {
    const sorted = this.slots();
    const at = this.lowerBound(this.#ids[slot] ?? '');
    if (sorted[at] === slot) this.#sorted.splice(at, 1);
  }

  slots(): readonly number[] {
    if (this.#added.length > 0) this.#merge();
    return this.#sorted;
  }

  /** Position of the first id that is not below `id`. */
  lowerBound(id: string): number {
    const slots = this.slots();
    let low = 0;
    let high = slots.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ids[slots[middle]!] ?? '') < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Where the ids with a beginning stand: they are neighbours. */
  rangeOf(beginning: string): [from: number, until: number] {
    const slots = this.slots();
    const from = this.lowerBound(beginning);
    let low = from;
    let high = slots.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ids[slots[middle]!] ?? '').startsWith(beginning)) low = middle + 1;
      else high = middle;
    }
    return [from, low];
  }

  #merge(): void {
    const ids = this.#ids;
    const below = (a: number, b: number): boolean => (ids[a] ?? '') < (ids[b] ?? '');
    const added = this.#added.sort((a, b) => (below(a, b) ? -1 : 1));
    const old = this.#sorted;
    const merged: number[] = [];
    let next = 0;
    for (const slot of old) {
      while (next < added.length && below(added[next]!, slot)) merged.push(added[next++]!);
      merged.push(slot);
    }
    while (next < added.length) merged.push(added[next++]!);
    this.#sorted = merged;
    this.#added = [];
  }
}
