import { zombieReasons } from '@tributary/backplane';
import { bands, causes, confidences, deviceStates, tagKeyPrefix } from '@tributary/protocol/admin-api';
import { noBand } from '../columns.ts';
import type { DeviceTable } from '../device-table.ts';
import { isLive, stateAt } from '../device-state.ts';

/** A fact with few values: a small number for each device, and what the numbers mean. */
export interface CodedColumn {
  /** As in the filter language. */
  readonly key: string;
  codeOf(slot: number): number;
  /** Empty: not known, or none. */
  nameOf(code: number): string;
  /** All codes are below it. */
  readonly size: number;
  /** Codes that may occur; undefined: any below `size`. */
  codes?(): Iterable<number>;
}

/** Facts of devices by the names of the table's dictionary. */
const named = {
  node: 'node',
  class: 'class',
  proto: 'protocol',
  transport: 'transport',
  listener: 'listener',
} as const;

/** Facts with fixed values, which may depend on time. */
const listed = {
  state: (table: DeviceTable, nowMs: number) =>
    fixed('state', deviceStates, (slot) => deviceStates.indexOf(stateAt(table, slot, nowMs))),
  band: (table: DeviceTable) =>
    fixed('band', bands, (slot) => (isLive(table, slot) ? table.columns.band[slot]! : noBand)),
  cause: (table: DeviceTable) =>
    fixed('cause', ['', ...causes], (slot) => (isLive(table, slot) ? table.columns.cause[slot]! : 0)),
  confidence: (table: DeviceTable) =>
    fixed('confidence', confidences, (slot) => (isLive(table, slot) ? table.columns.confidence[slot]! : 0)),
  zombie: (table: DeviceTable) =>
    fixed('zombie', ['', ...zombieReasons], (slot) =>
      isLive(table, slot) ? table.columns.zombie[slot]! : 0,
    ),
  sleepy: (table: DeviceTable) => fixed('sleepy', ['no', 'yes'], (slot) => table.columns.sleepy[slot]!),
} as const;

/** The column of a key; undefined when the key has none, as a tag that no device has. @param nowMs Unix ms */
export function codedColumn(table: DeviceTable, key: string, nowMs: number): CodedColumn | undefined {
  if (Object.hasOwn(named, key)) return namedColumn(table, key as keyof typeof named);
  if (Object.hasOwn(listed, key)) return listed[key as keyof typeof listed](table, nowMs);
  if (key === 'prefix') return textColumn(key, table.blocks);
  const tag = key.startsWith(tagKeyPrefix) ? table.tags.column(key.slice(tagKeyPrefix.length)) : undefined;
  return tag && textColumn(key, tag);
}

function namedColumn({ columns, names }: DeviceTable, key: keyof typeof named): CodedColumn {
  const codes = columns[named[key]];
  return {
    key,
    codeOf: (slot) => codes[slot]!,
    nameOf: (code) => names.name(code),
    size: names.size,
  };
}

function fixed(key: string, names: readonly string[], codeOf: (slot: number) => number): CodedColumn {
  return { key, codeOf, nameOf: (code) => names[code] ?? '', size: names.length };
}

function textColumn(key: string, column: DeviceTable['blocks']): CodedColumn {
  const { codes } = column;
  return {
    key,
    codeOf: (slot) => codes[slot]!,
    nameOf: (code) => column.name(code),
    size: column.size,
    codes: () => column.codesInUse(),
  };
}
