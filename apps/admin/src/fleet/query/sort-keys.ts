import { deviceStates, type DeviceSortKey } from '@tributary/protocol/admin-api';
import type { DeviceTable } from '../device-table.ts';
import { stateAt } from '../device-state.ts';
import type { Moment } from './condition.ts';
import { numberOf, type SlotNumber } from './numbers.ts';

/** What stands in a cursor; null: not known. */
export type SortValue = number | string | null;

/** By what a list is ordered. All keys are compared as numbers: names by their place among all names. */
export interface SortKey {
  readonly numberOf: SlotNumber;
  /** For a cursor: a place among names would not outlive a new name. */
  valueOf(slot: number): SortValue;
  /** The number a value of a cursor has now; NaN: not known. */
  read(value: SortValue): number;
}

/** The key of a column other than the id. */
export function sortKeyOf(table: DeviceTable, name: Exclude<DeviceSortKey, 'id'>, moment: Moment): SortKey {
  const { columns: c } = table;
  switch (name) {
    case 'node':
    case 'class':
      return byName(c[name], table);
    case 'state':
      return byNumber((slot) => deviceStates.indexOf(stateAt(table, slot, moment.nowMs)));
    case 'messages':
      return byNumber((slot) => c.messages[slot]! + c.epochMessages[slot]!);
    case 'lastSeen':
    case 'connectedAt':
      return byNumber((slot) => c[name][slot]! || Number.NaN);
    default:
      return byNumber(numberOf(table, name === 'score' ? 'cqi' : name, moment)!);
  }
}

function byNumber(number: SlotNumber): SortKey {
  return {
    numberOf: number,
    valueOf: (slot) => {
      const value = number(slot);
      return Number.isNaN(value) ? null : value;
    },
    read: (value) => (typeof value === 'number' ? value : Number.NaN),
  };
}

function byName(codes: Uint16Array, { names }: DeviceTable): SortKey {
  const sorted = Array.from({ length: names.size }, (_, code) => names.name(code)).sort((a, b) =>
    a < b ? -1 : 1,
  );
  const places = new Map(sorted.map((name, place) => [name, place]));
  const placeOf = Float64Array.from({ length: names.size }, (_, code) =>
    code === 0 ? Number.NaN : places.get(names.name(code))!,
  );
  return {
    numberOf: (slot) => placeOf[codes[slot]!]!,
    valueOf: (slot) => (codes[slot] === 0 ? null : names.name(codes[slot]!)),
    // A name that is no more stands just before those behind it.
    read: (value) =>
      typeof value === 'string' ? (places.get(value) ?? placeFor(sorted, value)) : Number.NaN,
  };
}

function placeFor(sorted: readonly string[], name: string): number {
  const behind = sorted.findIndex((other) => other > name);
  return (behind < 0 ? sorted.length : behind) - 0.5;
}
