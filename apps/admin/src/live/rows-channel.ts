import type { DeviceRow, RowChange } from '@tributary/protocol/admin-api';
import type { Fleet } from '../fleet/fleet.ts';
import type { Channel } from './channel.ts';

export class RowsChannel implements Channel {
  readonly #fleet: Fleet;
  readonly #ids: ReadonlySet<string>;
  readonly #sent = new Map<string, DeviceRow>();

  constructor(fleet: Fleet, ids: Iterable<string>) {
    this.#fleet = fleet;
    this.#ids = new Set(ids);
  }

  snapshot(): object {
    this.#sent.clear();
    const rows: DeviceRow[] = [];
    for (const id of this.#ids) {
      const row = this.#rowOf(id);
      if (row === undefined) continue;
      this.#sent.set(id, row);
      rows.push(row);
    }
    return { rows };
  }

  delta(): object | undefined {
    const rows: RowChange[] = [];
    const gone: string[] = [];
    for (const id of this.#ids) {
      const before = this.#sent.get(id);
      const row = this.#rowOf(id);
      if (row === undefined) {
        if (this.#sent.delete(id)) gone.push(id);
        continue;
      }
      const change = before === undefined ? row : changeBetween(before, row);
      if (change === undefined) continue;
      this.#sent.set(id, row);
      rows.push(change);
    }
    return rows.length > 0 || gone.length > 0 ? { rows, gone } : undefined;
  }

  #rowOf(id: string): DeviceRow | undefined {
    const { index, clock } = this.#fleet;
    const slot = index.slotOf(id);
    return slot === undefined ? undefined : index.row(slot, clock.now(), clock.monotonic());
  }
}

/** Undefined when nothing changed that is shown. */
function changeBetween(before: DeviceRow, after: DeviceRow): RowChange | undefined {
  const changed = Object.entries(after).filter(
    ([field, value]) => !isSame(before[field as keyof DeviceRow], value),
  );
  return changed.length === 0 ? undefined : { id: after.id, ...Object.fromEntries(changed) };
}

/** Tags are an object, a new one in every row. */
function isSame(before: DeviceRow[keyof DeviceRow], after: DeviceRow[keyof DeviceRow]): boolean {
  if (before === after) return true;
  if (typeof before !== 'object' || typeof after !== 'object') return false;
  return JSON.stringify(before) === JSON.stringify(after);
}
