import type { DeviceRow } from '@tributary/protocol/admin-api';
import { rowOf } from './device-row.ts';
import { flapsAt, stateAt } from './device-state.ts';
import type { DeviceTable } from './device-table.ts';
import type { Moment } from './query/condition.ts';

/** A row as somebody was last shown it, and by what it is seen, without making it anew, whether it still is so. */
interface Seen {
  row: DeviceRow;
  table: DeviceTable;
  slot: number;
  version: number;
  looks: number;
  hasRate: boolean;
}

/** The rows that somebody has in sight. Most of them have not changed when they are looked at again, and cost nothing. */
export class RowWatch {
  readonly #seen = new Map<string, Seen>();

  /**
   * Looks at a device.
   * @returns its row, and the one before where there was one; undefined when nothing of it can have changed
   */
  look(table: DeviceTable, slot: number, moment: Moment): { row: DeviceRow; before?: DeviceRow } | undefined {
    const id = table.columns.id[slot]!;
    const seen = this.#seen.get(id);
    if (seen !== undefined && isSame(seen, table, slot, moment)) return undefined;
    const row = rowOf(table, slot, moment.nowMs, moment.at);
    const { version, rateUntil } = table.columns;
    const hasRate = moment.at < rateUntil[slot]!;
    this.#seen.set(id, { row, table, slot, version: version[slot]!, looks: table.looks, hasRate });
    return { row, ...(seen !== undefined && { before: seen.row }) };
  }

  /** Forgets a device. Tells whether it had been seen. */
  forget(id: string): boolean {
    return this.#seen.delete(id);
  }

  clear(): void {
    this.#seen.clear();
  }
}

/** Times change a row, too: a rate runs out, a device that was lost with its node turns offline, one that is away flaps no more. */
function isSame(seen: Seen, table: DeviceTable, slot: number, { nowMs, at }: Moment): boolean {
  const { version, rateUntil } = table.columns;
  return (
    seen.table === table &&
    seen.slot === slot &&
    seen.version === version[slot] &&
    seen.looks === table.looks &&
    seen.hasRate === at < rateUntil[slot]! &&
    seen.row.state === stateAt(table, slot, nowMs) &&
    seen.row.flaps === flapsAt(table, slot, nowMs)
  );
}
