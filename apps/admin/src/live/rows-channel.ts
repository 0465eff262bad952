import type { DeviceRow, RowChange } from '@tributary/protocol/admin-api';
import type { Fleet } from '../fleet/fleet.ts';
import { RowWatch } from '../fleet/row-watch.ts';
import type { Channel } from './channel.ts';

/** Devices by id, as rows of a table: all of them first, then of each that changed what changed. */
export class RowsChannel implements Channel {
  readonly #fleet: Fleet;
  readonly #ids: ReadonlySet<string>;
  readonly #watch = new RowWatch();

  constructor(fleet: Fleet, ids: Iterable<string>) {
    this.#fleet = fleet;
    this.#ids = new Set(ids);
  }

  snapshot(): object {
    this.#watch.clear();
    const rows: DeviceRow[] = [];
    for (const id of this.#ids) {
      const seen = this.#look(id);
      if (seen !== undefined) rows.push(seen.row);
    }
    return { rows };
  }

  delta(): object | undefined {
    const rows: RowChange[] = [];
    const gone: string[] = [];
    for (const id of this.#ids) {
      if (!this.#fleet.index.has(id)) {
        if (this.#watch.forget(id)) gone.push(id);
        continue;
      }
      const seen = this.#look(id);
      if (seen === undefined) continue;
      const change = seen.before === undefined ? seen.row : changeBetween(seen.before, seen.row);
      if (change !== undefined) rows.push(change);
    }
    return rows.length > 0 || gone.length > 0 ? { rows, gone } : undefined;
  }

  #look(id: string): ReturnType<RowWatch['look']> {
    const { index } = this.#fleet;
    const slot = index.slotOf(id);
    return slot === undefined ? undefined : this.#watch.look(index, slot, this.#fleet.moment());
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
