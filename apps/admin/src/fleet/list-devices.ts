import type { DeviceSort, DeviceState } from '@tributary/protocol/admin-api';
import type { Position } from './cursor.ts';
import type { FleetIndex } from './fleet-index.ts';

export interface ListRequest {
  limit: number;
  sort: DeviceSort;
  /** Only devices whose id begins with it. */
  prefix?: string | undefined;
  state?: DeviceState | undefined;
  after?: Position | undefined;
}

export interface ListPage {
  slots: number[];
  /** How many devices match, on all pages. */
  total: number;
  /** Where the next page begins; absent on the last one. */
  next?: Position;
}

type Keyed = { slot: number; key: number | string; id: string };

/**
 * One page of a list, by keyset: what comes after a position, never a page number, so a deep page costs what the first
 * one does. Rows whose key changes between two pages may be met twice or not at all; ids order never moves.
 */
export function listDevices(index: FleetIndex, request: ListRequest, nowMs: number, at: number): ListPage {
  const { prefix = '', state, limit, after } = request;
  const descending = request.sort.startsWith('-');
  const keyOf = sortKey(index, request.sort.replace('-', ''), at);
  const ahead = (a: Keyed, b: { key: number | string; id: string }): boolean => {
    if (a.key !== b.key) return descending ? a.key > b.key : a.key < b.key;
    return descending && typeof a.key === 'string' ? a.id > b.id : a.id < b.id;
  };
  const isAfter = (candidate: Keyed): boolean =>
    after === undefined ||
    (!ahead(candidate, after) && !(candidate.key === after.key && candidate.id === after.id));

  const best = new BestRows(limit + 1, ahead);
  const ids = index.columns.id;
  const slots = index.order.slots();
  const [from, until] = rangeOf(index, prefix);
  let total = 0;
  for (let i = from; i < until; i++) {
    // From the end that comes first, so that the best rows are met early and the rest fall out at once.
    const slot = slots[request.sort === '-id' ? from + until - 1 - i : i]!;
    if (state !== undefined && index.stateAt(slot, nowMs) !== state) continue;
    total++;
    const candidate = { slot, key: keyOf(slot), id: ids[slot]! };
    if (isAfter(candidate)) best.offer(candidate);
  }
  const rows = best.sorted();
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    slots: page.map((row) => row.slot),
    total,
    ...(rows.length > limit && last !== undefined && { next: { key: last.key, id: last.id } }),
  };
}

/** Where the ids that begin with a prefix stand in the order: they are neighbours. */
function rangeOf(index: FleetIndex, prefix: string): [from: number, until: number] {
  const slots = index.order.slots();
  const from = index.order.lowerBound(prefix);
  let low = from;
  let high = slots.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (index.columns.id[slots[middle]!]!.startsWith(prefix)) low = middle + 1;
    else high = middle;
  }
  return [from, low];
}

function sortKey(index: FleetIndex, name: string, at: number): (slot: number) => number | string {
  const { columns: c } = index;
  switch (name) {
    case 'rate':
      return (slot) => index.rateAt(slot, at);
    case 'messages':
      return (slot) => c.messages[slot]! + c.epochMessages[slot]!;
    case 'lastSeen':
      return (slot) => c.lastSeen[slot]!;
    case 'connectedAt':
      return (slot) => c.connectedAt[slot]!;
    default:
      return (slot) => c.id[slot]!;
  }
}

/** Keeps the `capacity` rows that come first of all it is offered: a heap whose root is the last of them. */
class BestRows {
  readonly #heap: Keyed[] = [];
  readonly #capacity: number;
  readonly #ahead: (a: Keyed, b: Keyed) => boolean;

  constructor(capacity: number, ahead: (a: Keyed, b: Keyed) => boolean) {
    this.#capacity = capacity;
    this.#ahead = ahead;
  }

  offer(row: Keyed): void {
    const heap = this.#heap;
    if (heap.length < this.#capacity) {
      heap.push(row);
      this.#rise(heap.length - 1);
    } else if (this.#ahead(row, heap[0]!)) {
      heap[0] = row;
      this.#sink(0);
    }
  }

  sorted(): Keyed[] {
    return [...this.#heap].sort((a, b) => (this.#ahead(a, b) ? -1 : 1));
  }

  #rise(from: number): void {
    const heap = this.#heap;
    for (let i = from; i > 0;) {
      const parent = (i - 1) >> 1;
      if (!this.#ahead(heap[parent]!, heap[i]!)) return;
      [heap[parent], heap[i]] = [heap[i]!, heap[parent]!];
      i = parent;
    }
  }

  #sink(from: number): void {
    const heap = this.#heap;
    for (let i = from; ;) {
      let last = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < heap.length && this.#ahead(heap[last]!, heap[child]!)) last = child;
      }
      if (last === i) return;
      [heap[i], heap[last]] = [heap[last]!, heap[i]!];
      i = last;
    }
  }
}
