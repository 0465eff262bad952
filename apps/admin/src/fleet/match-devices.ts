import type { DeviceTable } from './device-table.ts';
import type { Condition, Moment } from './query/condition.ts';
import { fixedBeginning } from './query/glob.ts';
import { type Predicate, predicateOf, type SlotTest } from './query/predicates.ts';
import type { Turns } from './query/turns.ts';

/**
 * The slots of all devices that meet every condition, in order of their ids. 100,000 devices take some milliseconds, a
 * tenth of a second with many patterns: whoever answers an operator takes `matchInTurns`.
 * @param nowMs Unix ms. @param at this process' monotonic clock, ms
 */
export function matchDevices(
  table: DeviceTable,
  conditions: readonly Condition[],
  nowMs: number,
  at: number,
): Uint32Array {
  let found = candidatesOf(table, conditions);
  for (const { test } of predicatesOf(table, conditions, { nowMs, at })) {
    found = found.subarray(0, keep(found, 0, found.length, 0, test));
  }
  return found;
}

/**
 * As `matchDevices`, a piece at a time. Devices that come or go meanwhile may be among them or not.
 * @throws HttpProblem 503 `too-many-questions`
 */
export async function matchInTurns(
  table: DeviceTable,
  conditions: readonly Condition[],
  moment: Moment,
  turns: Turns,
): Promise<Uint32Array> {
  await turns.nextIfOver();
  let found = candidatesOf(table, conditions);
  for (const { test } of predicatesOf(table, conditions, moment)) {
    let kept = 0;
    for (let from = 0; from < found.length; from += pieceSlots) {
      kept = keep(found, from, Math.min(from + pieceSlots, found.length), kept, test);
      await turns.nextIfOver();
    }
    found = found.subarray(0, kept);
  }
  return found;
}

const pieceSlots = 2000;

/** Cheap ones first: they leave less to the others. */
function predicatesOf(table: DeviceTable, conditions: readonly Condition[], moment: Moment): Predicate[] {
  return conditions.map((condition) => predicateOf(table, condition, moment)).sort((a, b) => a.cost - b.cost);
}

/** Moves the slots of a piece that pass to `kept`, in place. Returns the place behind them. */
function keep(slots: Uint32Array, from: number, to: number, kept: number, test: SlotTest): number {
  let end = kept;
  for (let i = from; i < to; i++) {
    const slot = slots[i]!;
    if (test(slot)) slots[end++] = slot;
  }
  return end;
}

/** The devices a condition on the id leaves, found in the order of ids; without one, all of them. */
function candidatesOf(table: DeviceTable, conditions: readonly Condition[]): Uint32Array {
  const onId = conditions.find((condition) => condition.key === 'id' && !condition.isNegated);
  if (onId === undefined) return table.order.slots().slice();
  if (onId.op === '=' || onId.values.every((value) => !value.includes('*'))) {
    const slots = new Set(onId.values.map((value) => table.slotOf(value)));
    slots.delete(undefined);
    const { id } = table.columns;
    return Uint32Array.from([...slots] as number[]).sort((a, b) => (id[a]! < id[b]! ? -1 : 1));
  }
  const beginning = onId.values.length === 1 ? fixedBeginning(onId.values[0]!) : '';
  const [from, until] = table.order.rangeOf(beginning);
  return table.order.slots().slice(from, until);
}
