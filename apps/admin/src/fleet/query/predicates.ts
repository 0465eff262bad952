import {
  freeTextKey,
  type IpPrefix,
  maskedTo,
  parseFilterDuration,
  parseFilterNumber,
  parseIpAddress,
  parseIpPrefix,
} from '@tributary/protocol/admin-api';
import { addressWords, writeAddress } from '../address.ts';
import type { DeviceTable } from '../device-table.ts';
import { isLive } from '../device-state.ts';
import { type CodedColumn, codedColumn } from './coded-columns.ts';
import type { Condition, Moment } from './condition.ts';
import { anyGlob, type TextTest } from './glob.ts';
import { numberOf, stepOf } from './numbers.ts';

export type SlotTest = (slot: number) => boolean;

/** A condition made ready for one pass over the columns: names are looked up here, once, and never for each device. */
export interface Predicate {
  readonly test: SlotTest;
  /** Cheap ones go first. */
  readonly cost: number;
}

export function predicateOf(table: DeviceTable, condition: Condition, moment: Moment): Predicate {
  const { test, cost } = positive(table, condition, moment);
  return condition.isNegated ? { test: (slot) => !test(slot), cost } : { test, cost };
}

function positive(table: DeviceTable, condition: Condition, moment: Moment): Predicate {
  const { key, values } = condition;
  const number = numberOf(table, key, moment);
  if (number !== undefined) return { test: compare(number, condition), cost: key === 'attention' ? 5 : 1 };
  switch (key) {
    case 'id':
      return { test: onId(table, textTest(condition)), cost: 10 };
    case freeTextKey:
      return { test: onId(table, freeTextTest(condition)), cost: 20 };
    case 'ip':
    case 'prefix':
      return { test: inBlocks(table, values), cost: 3 };
    case 'reason':
      return { test: reasonTest(table, condition), cost: 1 };
    default:
      return { test: codedTest(codedColumn(table, key, moment.nowMs), condition), cost: 1 };
  }
}

/** What is not known is neither below nor above anything. */
function compare(number: (slot: number) => number, { key, op, values }: Condition): SlotTest {
  const wanted = values.map((value) => parseFilterNumber(value) ?? parseFilterDuration(value) ?? Number.NaN);
  const [limit = Number.NaN] = wanted;
  switch (op) {
    case '<':
      return (slot) => number(slot) < limit;
    case '<=':
      return (slot) => number(slot) <= limit;
    case '>':
      return (slot) => number(slot) > limit;
    case '>=':
      return (slot) => number(slot) >= limit;
    case ':':
    case '=': {
      const step = stepOf(key);
      const steps = new Set(wanted.map((value) => Math.round(value / step)));
      return (slot) => steps.has(Math.round(number(slot) / step));
    }
  }
}

const textTest = ({ op, values }: Condition): TextTest =>
  op === '=' ? (text) => values.includes(text) : anyGlob(values);

/** A part of the id, in any case. */
function freeTextTest({ op, values }: Condition): TextTest {
  if (op === '=') return (text) => values.includes(text);
  const parts = values.map((value) => value.toLowerCase());
  const single = parts.length === 1 && !parts[0]!.includes('*') ? parts[0]! : undefined;
  if (single !== undefined) return (text) => text.toLowerCase().includes(single);
  const test = anyGlob(parts.map((part) => `*${part}*`));
  return (text) => test(text.toLowerCase());
}

function onId({ columns }: DeviceTable, test: TextTest): SlotTest {
  const { id } = columns;
  return (slot) => test(id[slot]!);
}

function codedTest(column: CodedColumn | undefined, condition: Condition): SlotTest {
  const test = condition.key === 'node' ? nodeTest(condition) : textTest(condition);
  if (column === undefined) return always(test(''));
  const fits = new Uint8Array(column.size);
  for (const code of column.codes?.() ?? fits.keys()) if (test(column.nameOf(code))) fits[code] = 1;
  return (slot) => fits[column.codeOf(slot)] === 1;
}

const always =
  (answer: boolean): SlotTest =>
  () =>
    answer;

/** A node is asked for by its id, whatever its incarnation, or by both. */
function nodeTest(condition: Condition): TextTest {
  const test = textTest(condition);
  return (node) => test(node) || (node.includes('.') && test(node.slice(0, node.lastIndexOf('.'))));
}

/** A reason may be asked for by its beginning, and without its hyphens: `keepalive` is `keep-alive-timeout`. */
function reasonTest(table: DeviceTable, condition: Condition): SlotTest {
  const exact = textTest(condition);
  const beginnings = condition.values.map(withoutHyphens).filter((value) => value !== '');
  const test: TextTest = (reason) =>
    exact(reason) ||
    (condition.op === ':' && beginnings.some((beginning) => withoutHyphens(reason).startsWith(beginning)));
  const { names, columns: c } = table;
  const fits = Uint8Array.from({ length: names.size }, (_, code) => (test(names.name(code)) ? 1 : 0));
  const [whenConnected, whenSilent] = [test(''), test('node-silent')];
  return (slot) => {
    if (c.online[slot] === 0) return fits[c.reason[slot]!] === 1;
    return isLive(table, slot) ? whenConnected : whenSilent;
  };
}

const withoutHyphens = (text: string): string => text.replaceAll('-', '');

function inBlocks(table: DeviceTable, values: readonly string[]): SlotTest {
  const tests = values.map((value) => blockTest(table, value));
  return tests.length === 1 ? tests[0]! : (slot) => tests.some((test) => test(slot));
}

function blockTest({ columns: c }: DeviceTable, value: string): SlotTest {
  const block = blockFrom(value);
  if (block === undefined) return always(false);
  const { family } = block.base;
  const wanted = new Uint32Array(addressWords);
  const mask = new Uint32Array(addressWords);
  writeAddress(block.base, wanted, 0);
  const bits = family === 4 ? 32 : 128;
  writeAddress(
    { family, value: maskedTo({ family, value: (1n << BigInt(bits)) - 1n }, block.length) },
    mask,
    0,
  );
  return (slot) => {
    if (c.ipFamily[slot] !== family) return false;
    for (let i = addressWords - 1; i >= 0; i--) {
      if ((c.ip[slot * addressWords + i]! & mask[i]!) >>> 0 !== wanted[i]) return false;
    }
    return true;
  };
}

function blockFrom(value: string): IpPrefix | undefined {
  const address = parseIpAddress(value);
  if (address === undefined) return parseIpPrefix(value);
  return { base: address, length: address.family === 4 ? 32 : 128 };
}
