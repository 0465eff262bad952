import type { DeviceSort, DeviceSortKey } from '@tributary/protocol/admin-api';
import type { DeviceTable } from '../device-table.ts';
import type { Moment } from './condition.ts';
import { orderOfKeys } from './radix-sort.ts';
import { type SortKey, sortKeyOf, type SortValue } from './sort-keys.ts';

/** Where a page ended: the sort key and id of its last row. The next page is what comes after it in the same order. */
export interface Position {
  readonly key: SortValue;
  readonly id: string;
}

/** Puts slots that stand in order of their ids into another; ties stay in order of ids, what is not known comes last. */
export function sortDevices(
  table: DeviceTable,
  slots: Uint32Array,
  sort: DeviceSort,
  moment: Moment,
): Uint32Array {
  const [name, isDescending] = partsOf(sort);
  if (name === 'id') return isDescending ? slots.slice().reverse() : slots.slice();
  const { numberOf } = sortKeyOf(table, name, moment);
  const keys = new Float64Array(slots.length);
  for (let i = 0; i < slots.length; i++) keys[i] = numberOf(slots[i]!);
  return orderOfKeys(keys, isDescending).map((place) => slots[place]!);
}

/** What a cursor says of a row. */
export function positionOf(table: DeviceTable, slot: number, sort: DeviceSort, moment: Moment): Position {
  const [name] = partsOf(sort);
  const key = name === 'id' ? null : sortKeyOf(table, name, moment).valueOf(slot);
  return { key, id: table.columns.id[slot]! };
}

/** How many of the sorted slots stand up to and including a position, though its row be gone. */
export function placeAfter(
  table: DeviceTable,
  sorted: Uint32Array,
  sort: DeviceSort,
  position: Position,
  moment: Moment,
): number {
  const [name, isDescending] = partsOf(sort);
  const { id } = table.columns;
  if (name === 'id') {
    return firstPlace(sorted, (slot) => (isDescending ? id[slot]! < position.id : id[slot]! > position.id));
  }
  const key = sortKeyOf(table, name, moment);
  return firstPlace(sorted, isBehind(table, key, isDescending, position));
}

function isBehind(table: DeviceTable, key: SortKey, isDescending: boolean, position: Position) {
  const { id } = table.columns;
  const limit = key.read(position.key);
  return (slot: number): boolean => {
    const number = key.numberOf(slot);
    if (number === limit || (Number.isNaN(number) && Number.isNaN(limit))) return id[slot]! > position.id;
    if (Number.isNaN(number) || Number.isNaN(limit)) return Number.isNaN(number);
    return isDescending ? number < limit : number > limit;
  };
}

/** The first place that is behind; all after it are, too. */
function firstPlace(sorted: Uint32Array, isBehindAt: (slot: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBehindAt(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function partsOf(sort: DeviceSort): [name: DeviceSortKey, isDescending: boolean] {
  const isDescending = sort.startsWith('-');
  return [(isDescending ? sort.slice(1) : sort) as DeviceSortKey, isDescending];
}
