import { randomBytes } from 'node:crypto';
import type { DeviceSort } from '@tributary/protocol/admin-api';
import type { DeviceTable } from '../device-table.ts';
import type { Condition } from './condition.ts';

/** A list as it was when somebody asked for its first page: rows do not jump while it is read. */
export interface KeptOrder {
  readonly id: string;
  readonly table: DeviceTable;
  /** The filter in its one spelling. */
  readonly q: string;
  readonly conditions: readonly Condition[];
  readonly sort: DeviceSort;
  readonly slots: Uint32Array;
  /** Devices known when it was made: a slot whose device was born later has changed hands. */
  readonly births: number;
  /** Monotonic ms. */
  readonly madeAt: number;
  usedAt: number;
}

export const orderHoldMs = 60_000;
const maxOrders = 64;
/** Of all orders together, 4 bytes each. */
const maxSlots = 8_000_000;

/** The orders in use, least recently used first. */
export class KeptOrders {
  readonly #orders = new Map<string, KeptOrder>();
  #slots = 0;

  /** An order that is still kept, of this table. Using it renews it. */
  find(id: string, table: DeviceTable, at: number): KeptOrder | undefined {
    const order = this.#orders.get(id);
    if (order === undefined) return undefined;
    this.#drop(order);
    if (order.table !== table || at - order.usedAt >= orderHoldMs) return undefined;
    order.usedAt = at;
    this.#put(order);
    return order;
  }

  keep(order: Omit<KeptOrder, 'id' | 'usedAt'>): KeptOrder {
    const kept = { ...order, id: randomBytes(9).toString('base64url'), usedAt: order.madeAt };
    this.#put(kept);
    for (const old of this.#orders.values()) {
      const isExpired = order.madeAt - old.usedAt >= orderHoldMs || old.table !== order.table;
      const isOver = this.#orders.size > maxOrders || this.#slots > maxSlots;
      if (old !== kept && (isExpired || isOver)) this.#drop(old);
    }
    return kept;
  }

  get size(): number {
    return this.#orders.size;
  }

  #put(order: KeptOrder): void {
    this.#orders.set(order.id, order);
    this.#slots += order.slots.length;
  }

  #drop(order: KeptOrder): void {
    this.#orders.delete(order.id);
    this.#slots -= order.slots.length;
  }
}

/** Whether the device that stood in a slot when the order was made is still the one there. */
export function isSameDevice({ table, births }: KeptOrder, slot: number): boolean {
  return table.columns.used[slot] === 1 && table.columns.born[slot]! < births;
}
