import { Columns } from './columns.ts';
import { Dictionary, TextColumn } from './dictionary.ts';
import { IdOrder } from './id-order.ts';
import { Tags } from './tags.ts';

/** The columns, what their codes mean, and which device is in which slot. */
export class DeviceTable {
  readonly columns = new Columns();
  readonly names = new Dictionary();
  readonly tags = new Tags(this.columns.capacity);
  /** The block of addresses each device comes from, see `blockOf`. */
  readonly blocks = new TextColumn(this.columns.capacity, { maxValues: 0xffff, maxLength: 64 });
  readonly order = new IdOrder(this.columns.id);
  /** Codes of nodes that have gone quiet. */
  readonly silent = new Set<number>();
  /** A device had to be left out, because as many as allowed were known already. Stays so: it is still missing. */
  isFull = false;
  /** Grows with every device that appears, is forgotten or changes state. */
  revision = 0;
  /** Devices that were ever put into a slot. */
  births = 0;
  /** Grows with everything that changes how all rows look: sparklines that turn, nodes that go quiet. */
  looks = 0;
  /** Where the newest point of every sparkline's ring is. */
  sparkHead = 0;
  #changes = 0;
  readonly #slots = new Map<string, number>();
  readonly #free: number[] = [];
  readonly #maxDevices: number;

  constructor(limits: { maxDevices: number }) {
    this.#maxDevices = limits.maxDevices;
  }

  get size(): number {
    return this.#slots.size;
  }

  /** All slots in use are below it. */
  get slotsEnd(): number {
    return this.columns.id.length;
  }

  has(id: string): boolean {
    return this.#slots.has(id);
  }

  slotOf(id: string): number | undefined {
    return this.#slots.get(id);
  }

  epochOf(id: string): number {
    const slot = this.#slots.get(id);
    return slot === undefined ? 0 : this.columns.epoch[slot]!;
  }

  /** Connected, as far as events and records say. */
  isOnline(id: string): boolean {
    const slot = this.#slots.get(id);
    return slot !== undefined && this.columns.online[slot] === 1;
  }

  /** The slot of a device, a new one if need be; undefined when no more are allowed. */
  slotFor(id: string): number | undefined {
    const known = this.#slots.get(id);
    if (known !== undefined) return known;
    if (this.#slots.size >= this.#maxDevices) {
      this.isFull = true;
      return undefined;
    }
    const slot = this.#free.pop() ?? this.columns.id.length;
    this.#reserve(slot + 1);
    this.columns.clear(slot);
    this.columns.id[slot] = id;
    this.columns.used[slot] = 1;
    this.columns.born[slot] = this.births++;
    this.touch(slot);
    this.#slots.set(id, slot);
    this.order.add(slot);
    return slot;
  }

  /** Something of this device is new. */
  touch(slot: number): void {
    this.columns.version[slot] = ++this.#changes;
  }

  /** Forgets a device whose record is gone. */
  remove(id: string): void {
    const slot = this.#slots.get(id);
    if (slot === undefined) return;
    this.order.remove(slot);
    this.#slots.delete(id);
    this.tags.set(slot, {});
    this.blocks.set(slot, '');
    this.columns.clear(slot);
    this.#free.push(slot);
    this.revision++;
  }

  /** Ids from a slot on, at most `count` slots further, for whoever walks the table in small steps. */
  *idsFrom(slot: number, count: number): Generator<string> {
    const end = Math.min(slot + count, this.slotsEnd);
    for (let at = slot; at < end; at++) if (this.columns.used[at] === 1) yield this.columns.id[at]!;
  }

  #reserve(slots: number): void {
    if (slots <= this.columns.capacity) return;
    this.columns.reserve(slots);
    this.tags.reserve(this.columns.capacity);
    this.blocks.reserve(this.columns.capacity);
  }
}
