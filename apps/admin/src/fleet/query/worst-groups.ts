import {
  bands,
  causes,
  formatFilter,
  type Group,
  liftOf,
  minGroupDevices,
  tagKeyPrefix,
} from '@tributary/protocol/admin-api';
import { noScore } from '../columns.ts';
import type { DeviceTable } from '../device-table.ts';
import { isLive } from '../device-state.ts';
import { matchInTurns } from '../match-devices.ts';
import { bandCountsOf } from '../quality-figures.ts';
import { type CodedColumn, codedColumn } from './coded-columns.ts';
import type { Condition, Moment } from './condition.ts';
import { Turns } from './turns.ts';

/** What groups are told by, and the key of the filter language for each. */
const groupKeys = new Map([
  ['node', 'node'],
  ['class', 'class'],
  ['protocol', 'proto'],
  ['transport', 'transport'],
  ['listener', 'listener'],
  ['prefix', 'prefix'],
]);

const poorBelow = 50;

export interface GroupsRequest {
  /** Undefined: by everything there is, and only groups that are worse than the rest beyond chance. */
  readonly by?: string | undefined;
  readonly conditions: readonly Condition[];
  readonly limit: number;
}

interface Candidate {
  readonly by: string;
  readonly column: CodedColumn;
  readonly code: number;
  readonly size: number;
  readonly poor: number;
  readonly lift: number;
  readonly bands: number[];
  readonly lost: number[];
}

/** Whether devices can be grouped by it. */
export function isGroupKey(by: string): boolean {
  return groupKeys.has(by) || (by.startsWith(tagKeyPrefix) && by.length > tagKeyPrefix.length);
}

/** Groups of 20 and more connected devices with a score, the worst first: by the lower bound of the lift. */
export async function worstGroups(
  table: DeviceTable,
  { by, conditions, limit }: GroupsRequest,
  moment: Moment,
): Promise<Group[]> {
  const turns = new Turns();
  const slots = scoredOf(table, await matchInTurns(table, conditions, moment, turns));
  const all = { size: slots.length, poor: countPoor(table, slots) };
  const found: Candidate[] = [];
  for (const kind of by === undefined ? allKinds(table) : [by]) {
    await turns.nextIfOver();
    found.push(...candidatesOf(table, kind, slots, all, moment));
  }
  const worst = found
    .filter((group) => by !== undefined || (group.lift > 1 && group.column.nameOf(group.code) !== ''))
    .sort((a, b) => b.lift - a.lift || b.size - a.size)
    .slice(0, limit);
  await addDetails(table, worst, slots, turns);
  return worst.map((group) => groupOf(group, all, conditions));
}

const allKinds = ({ tags }: DeviceTable): string[] => [
  ...groupKeys.keys(),
  ...tags.keys.map((tag) => tagKeyPrefix + tag),
];

/** Keeps those whose score is known. */
function scoredOf(table: DeviceTable, slots: Uint32Array): Uint32Array {
  return slots.filter((slot) => table.columns.score[slot] !== noScore && isLive(table, slot));
}

function countPoor({ columns: { score } }: DeviceTable, slots: Uint32Array): number {
  let poor = 0;
  for (let i = 0; i < slots.length; i++) if (score[slots[i]!]! < poorBelow) poor++;
  return poor;
}

type Counted = Pick<Candidate, 'size' | 'poor'>;

function candidatesOf(
  table: DeviceTable,
  by: string,
  slots: Uint32Array,
  all: Counted,
  { nowMs }: Moment,
): Candidate[] {
  const column = codedColumn(table, groupKeys.get(by) ?? by, nowMs);
  if (column === undefined) return [];
  const { score } = table.columns;
  const sizes = new Uint32Array(column.size);
  const poors = new Uint32Array(column.size);
  for (let i = 0; i < slots.length; i++) {
    const code = column.codeOf(slots[i]!);
    sizes[code]!++;
    if (score[slots[i]!]! < poorBelow) poors[code]!++;
  }
  const found: Candidate[] = [];
  for (const code of column.codes?.() ?? sizes.keys()) {
    const [size, poor] = [sizes[code]!, poors[code]!];
    if (size < minGroupDevices) continue;
    const lift = liftOf(poor, size, all.poor - poor, all.size - size);
    // All of the fleet is one group: there is no rest to be worse than.
    found.push({ by, column, code, size, poor, lift: lift ?? 0, bands: zeros(bands), lost: zeros(causes) });
  }
  return found;
}

const zeros = (names: readonly unknown[]): number[] => names.map(() => 0);

/** Counts bands and lost points, once through the devices for each column. */
async function addDetails(
  { columns: c }: DeviceTable,
  groups: readonly Candidate[],
  slots: Uint32Array,
  turns: Turns,
): Promise<void> {
  for (const by of new Set(groups.map((group) => group.by))) {
    await turns.nextIfOver();
    const ofColumn = groups.filter((group) => group.by === by);
    const { column } = ofColumn[0]!;
    const groupOfCode = new Map(ofColumn.map((group) => [group.code, group]));
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]!;
      const group = groupOfCode.get(column.codeOf(slot));
      if (group === undefined) continue;
      group.bands[c.band[slot]!]!++;
      for (let k = 0; k < causes.length; k++) group.lost[k]! += c.penalties[slot * causes.length + k]!;
    }
  }
}

function groupOf(group: Candidate, all: Counted, conditions: readonly Condition[]): Group {
  const { by, column, code, size, poor, lift, lost } = group;
  const value = column.nameOf(code);
  const most = Math.max(...lost);
  const rest = all.size - size;
  return {
    by,
    value,
    size,
    bands: bandCountsOf(group.bands),
    poorShare: share(poor, size),
    restShare: share(all.poor - poor, rest),
    lift: Math.round(lift * 100) / 100,
    cause: most > 0 ? causes[lost.indexOf(most)]! : null,
    q: formatFilter([
      ...conditions,
      { key: column.key, op: opFor(column.key, value), values: [value], isNegated: false },
    ]),
  };
}

/** A `*` in a value is meant as such. */
const opFor = (key: string, value: string): ':' | '=' =>
  key !== 'prefix' && value.includes('*') ? '=' : ':';

const share = (part: number, whole: number): number =>
  whole === 0 ? 0 : Math.round((1000 * part) / whole) / 1000;
