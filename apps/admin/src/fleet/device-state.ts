import { attentionOf, type DeviceState } from '@tributary/protocol/admin-api';
import { noScore } from './columns.ts';
import type { DeviceTable } from './device-table.ts';

/** How long a device lost with its node is called unknown before it is called offline. */
export const nodeLostUnknownMs = 15 * 60_000;

/** Over how long reconnects are counted. */
const flapsMs = 3_600_000;

/** Connected, and its node is heard of: only then is anything known of its link. */
export function isLive({ columns: c, silent }: DeviceTable, slot: number): boolean {
  return c.online[slot] === 1 && !(silent.size > 0 && silent.has(c.node[slot]!));
}

/** @param nowMs Unix ms, decides how long a device lost with its node stays unknown. */
export function stateAt(table: DeviceTable, slot: number, nowMs: number): DeviceState {
  const { columns: c, names } = table;
  if (c.online[slot] === 1) return isLive(table, slot) ? 'connected' : 'unknown';
  const isLost = c.reason[slot] === names.code('node-lost');
  return isLost && nowMs - c.disconnectedAt[slot]! < nodeLostUnknownMs ? 'unknown' : 'offline';
}

/** Why it is not connected; empty while it is. */
export function reasonAt(table: DeviceTable, slot: number): string {
  const { columns: c, names } = table;
  if (c.online[slot] === 1) return isLive(table, slot) ? '' : 'node-silent';
  return names.name(c.reason[slot]!);
}

/** Messages per second. @param at monotonic ms: a rate that was not renewed in time is 0. */
export function rateAt({ columns: c }: DeviceTable, slot: number, at: number): number {
  return at < c.rateUntil[slot]! ? c.rate[slot]! : 0;
}

/** Unplanned reconnects within the hour. Nobody counts for a device that is away: after an hour there were none. */
export function flapsAt({ columns: c }: DeviceTable, slot: number, nowMs: number): number {
  return c.online[slot] === 0 && nowMs - c.disconnectedAt[slot]! >= flapsMs ? 0 : c.flaps[slot]!;
}

/** Undefined: not known, as of every device that is not connected. */
export function scoreAt(table: DeviceTable, slot: number): number | undefined {
  const score = table.columns.score[slot]!;
  return score === noScore || !isLive(table, slot) ? undefined : score;
}

/** 0 to 1000; 0 for a device that is not connected: its absence is told by its state. @param at monotonic ms */
export function attentionAt(table: DeviceTable, slot: number, at: number): number {
  const { columns: c, names } = table;
  if (!isLive(table, slot)) return 0;
  const isFresh = at < c.rateUntil[slot]!;
  return attentionOf({
    score: c.score[slot] === noScore ? undefined : c.score[slot]!,
    class: names.name(c.class[slot]!),
    messagesPerSecond: isFresh ? c.rate[slot]! : 0,
    bytesPerSecond: isFresh ? c.byteRate[slot]! : 0,
    flaps: c.flaps[slot]!,
  });
}
