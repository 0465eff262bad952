import { type Facet, tagKeyPrefix } from '@tributary/protocol/admin-api';
import type { DeviceTable } from '../device-table.ts';
import { type CodedColumn, codedColumn } from './coded-columns.ts';

const facetKeys = ['state', 'band', 'cause', 'node', 'class', 'proto', 'transport', 'zombie'] as const;
/** Values told of each key, the most frequent ones. */
const maxValues = 12;

/** How many of the devices have each value of the usual keys and of every tag. */
export function facetsOf(table: DeviceTable, slots: Uint32Array, nowMs: number): Facet[] {
  const keys = [...facetKeys, ...table.tags.keys.sort().map((tag) => tagKeyPrefix + tag)];
  return keys
    .map((key) => codedColumn(table, key, nowMs))
    .filter((column): column is CodedColumn => column !== undefined)
    .map((column) => facetOf(column, slots));
}

function facetOf(column: CodedColumn, slots: Uint32Array): Facet {
  const counts = new Uint32Array(column.size);
  for (let i = 0; i < slots.length; i++) counts[column.codeOf(slots[i]!)]!++;
  const values: { value: string; count: number }[] = [];
  for (const code of column.codes?.() ?? counts.keys()) {
    const value = column.nameOf(code);
    if (counts[code]! > 0 && value !== '') values.push({ value, count: counts[code]! });
  }
  values.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  return {
    key: column.key,
    values: values.slice(0, maxValues),
    more: Math.max(0, values.length - maxValues),
  };
}
