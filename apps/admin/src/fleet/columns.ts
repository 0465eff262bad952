const firstCapacity = 1024;

/** Names that repeat (nodes, protocols, reasons) kept once; a column holds their number. */
export class Dictionary {
  readonly #names: string[] = [''];
  readonly #codes = new Map<string, number>([['', 0]]);

  code(name: string): number {
    const known = this.#codes.get(name);
    if (known !== undefined) return known;
    // A column is 16 bits wide; what does not fit is shown as not known rather than as another name.
    if (this.#names.length > 0xffff) return 0;
    this.#codes.set(name, this.#names.length);
    return this.#names.push(name) - 1;
  }

  name(code: number): string {
    return this.#names[code] ?? '';
  }

  get size(): number {
    return this.#names.length;
  }
}

/** One array per fact, one slot per device: 100,000 devices are a few dozen arrays, not 100,000 objects. */
export class Columns {
  capacity = firstCapacity;
  id: string[] = [];
  address: string[] = [];

  online = new Uint8Array(firstCapacity);
  node = new Uint16Array(firstCapacity);
  reason = new Uint16Array(firstCapacity);
  protocol = new Uint16Array(firstCapacity);
  transport = new Uint16Array(firstCapacity);
  listener = new Uint16Array(firstCapacity);
  class = new Uint16Array(firstCapacity);

  epoch = new Float64Array(firstCapacity);
  keepAlive = new Float64Array(firstCapacity);
  expiry = new Float64Array(firstCapacity);
  connects = new Float64Array(firstCapacity);
  firstSeen = new Float64Array(firstCapacity);
  connectedAt = new Float64Array(firstCapacity);
  disconnectedAt = new Float64Array(firstCapacity);
  lastSeen = new Float64Array(firstCapacity);
  /** Totals of the finished epochs. */
  messages = new Float64Array(firstCapacity);
  bytes = new Float64Array(firstCapacity);
  /** The current or last epoch. */
  epochMessages = new Float64Array(firstCapacity);
  epochBytes = new Float64Array(firstCapacity);

  /** Messages per second between the last two samples. */
  rate = new Float64Array(firstCapacity);
  /** The node's time of the last sample, Unix ms; NaN while there is none to measure from. */
  sampledAt = new Float64Array(firstCapacity);
  /** Until when the rate is believed, by this process' monotonic clock. */
  rateUntil = new Float64Array(firstCapacity);

  /** Makes room for `slots`, at least doubling. */
  reserve(slots: number): void {
    if (slots <= this.capacity) return;
    this.capacity = Math.max(slots, this.capacity * 2);
    for (const [name, column] of Object.entries(this)) {
      if (!ArrayBuffer.isView(column)) continue;
      const Kind = column.constructor as new (length: number) => Float64Array;
      const wider = new Kind(this.capacity);
      wider.set(column as Float64Array);
      Object.assign(this, { [name]: wider });
    }
  }

  /** Empties a slot for the next device. */
  clear(slot: number): void {
    for (const column of Object.values(this)) {
      if (ArrayBuffer.isView(column)) (column as Float64Array)[slot] = 0;
    }
    this.id[slot] = '';
    this.address[slot] = '';
    this.sampledAt[slot] = Number.NaN;
  }
}
