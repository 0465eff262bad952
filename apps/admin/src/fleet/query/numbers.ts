import { behindAddresses } from '../behind-address.ts';
import { noScore } from '../columns.ts';
import type { DeviceTable } from '../device-table.ts';
import { attentionAt, flapsAt, isLive, rateAt } from '../device-state.ts';
import type { Moment } from './condition.ts';

/** A number for each device; NaN: not known. */
export type SlotNumber = (slot: number) => number;

/** Two numbers are the same when they look the same; a row is rounded to these. */
const steps = new Map([
  ['loss', 0.001],
  ['rate', 0.01],
  ['attention', 10],
]);

export const stepOf = (key: string): number => steps.get(key) ?? 1;

/** What a key of the filter language compares; undefined for keys that are no numbers. Durations are in ms. */
export function numberOf(table: DeviceTable, key: string, { nowMs, at }: Moment): SlotNumber | undefined {
  const { columns: c } = table;
  const whileLive =
    (column: ArrayLike<number>): SlotNumber =>
    (slot) =>
      isLive(table, slot) ? column[slot]! : Number.NaN;
  switch (key) {
    case 'cqi':
      return (slot) => (c.score[slot] === noScore || !isLive(table, slot) ? Number.NaN : c.score[slot]!);
    case 'rtt':
      return whileLive(c.rtt);
    case 'jitter':
      return whileLive(c.jitter);
    case 'loss':
      return whileLive(c.loss);
    case 'flaps':
      return (slot) => flapsAt(table, slot, nowMs);
    case 'backlog':
      return (slot) => c.backlog[slot]!;
    case 'rate':
      return (slot) => (isLive(table, slot) ? rateAt(table, slot, at) : 0);
    case 'behind':
      return behindAddresses(table);
    case 'attention':
      return (slot) => attentionAt(table, slot, at);
    case 'last':
      return (slot) => (c.lastSeen[slot] === 0 ? Number.NaN : nowMs - c.lastSeen[slot]!);
    case 'connected':
      return (slot) => (isLive(table, slot) ? nowMs - c.connectedAt[slot]! : Number.NaN);
    default:
      return undefined;
  }
}
