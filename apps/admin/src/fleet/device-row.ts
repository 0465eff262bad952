import { zombieReasons } from '@tributary/backplane';
import {
  bands,
  causes,
  confidences,
  type DeviceDetail,
  type DeviceRow,
  type Penalties,
} from '@tributary/protocol/admin-api';
import { addressWords } from './address.ts';
import { figureSources } from './apply-quality.ts';
import type { DeviceTable } from './device-table.ts';
import { attentionAt, flapsAt, isLive, rateAt, reasonAt, scoreAt, stateAt } from './device-state.ts';
import { sparkOf } from './sparks.ts';

// Figures are rounded to what an operator can tell apart: noise below that would be traffic to every open page.

/** The line of a device in a table. @param nowMs Unix ms. @param at monotonic ms */
export function rowOf(table: DeviceTable, slot: number, nowMs: number, at: number): DeviceRow {
  const { columns: c, names } = table;
  return {
    id: c.id[slot]!,
    state: stateAt(table, slot, nowMs),
    reason: reasonAt(table, slot),
    protocol: names.name(c.protocol[slot]!),
    transport: names.name(c.transport[slot]!),
    node: names.name(c.node[slot]!),
    address: c.address[slot]!,
    rate: isLive(table, slot) ? toTwoDigits(rateAt(table, slot, at)) : 0,
    messages: c.messages[slot]! + c.epochMessages[slot]!,
    lastSeen: c.lastSeen[slot]!,
    connectedAt: c.connectedAt[slot]!,
    disconnectedAt: c.disconnectedAt[slot]!,
    class: names.name(c.class[slot]!),
    ...qualityOf(table, slot),
    flaps: flapsAt(table, slot, nowMs),
    backlog: c.backlog[slot]!,
    attention: Math.round(attentionAt(table, slot, at) / 10) * 10,
    tags: table.tags.of(slot),
    spark: sparkOf(table, slot),
  };
}

export function detailOf(table: DeviceTable, slot: number, nowMs: number, at: number): DeviceDetail {
  const { columns: c, names } = table;
  return {
    ...rowOf(table, slot, nowMs, at),
    epoch: c.epoch[slot]!,
    listener: names.name(c.listener[slot]!),
    keepAlive: c.keepAlive[slot]!,
    expiry: c.expiry[slot]!,
    firstSeen: c.firstSeen[slot]!,
    connects: c.connects[slot]!,
    bytes: c.bytes[slot]! + c.epochBytes[slot]!,
    epochMessages: c.epochMessages[slot]!,
    epochBytes: c.epochBytes[slot]!,
    penalties: penaltiesOf(table, slot),
    sources: sourcesOf(table, slot),
    qualityAt: c.qualityAt[slot]!,
    isSleepy: c.sleepy[slot] === 1,
    behindAddress: countBehindAddress(table, slot),
  };
}

type QualityCells = Pick<
  DeviceRow,
  'score' | 'band' | 'cause' | 'confidence' | 'rttMs' | 'jitterMs' | 'lossRatio' | 'zombie'
>;

const nothingKnown: QualityCells = {
  score: null,
  band: 'unknown',
  cause: null,
  confidence: 'none',
  rttMs: null,
  jitterMs: null,
  lossRatio: null,
  zombie: '',
};

function qualityOf(table: DeviceTable, slot: number): QualityCells {
  const { columns: c } = table;
  if (!isLive(table, slot)) return nothingKnown;
  return {
    score: scoreAt(table, slot) ?? null,
    band: bands[c.band[slot]!] ?? 'unknown',
    cause: causes[c.cause[slot]! - 1] ?? null,
    confidence: confidences[c.confidence[slot]!] ?? 'none',
    rttMs: rounded(c.rtt[slot]!, 1),
    jitterMs: rounded(c.jitter[slot]!, 1),
    lossRatio: rounded(c.loss[slot]!, 1000),
    zombie: zombieReasons[c.zombie[slot]! - 1] ?? '',
  };
}

/** To parts of one; null for what is not known. */
const rounded = (value: number, parts: number): number | null =>
  Number.isNaN(value) ? null : Math.round(value * parts) / parts;

const toTwoDigits = (value: number): number => Number(value.toPrecision(2));

/** Points by cause of the newest score; all 0 for a device that is not connected. */
export function penaltiesOf(table: DeviceTable, slot: number): Penalties {
  const { penalties } = table.columns;
  const live = isLive(table, slot);
  const at = (i: number): number => (live ? penalties[slot * causes.length + i]! : 0);
  return { rtt: at(0), jitter: at(1), loss: at(2), flaps: at(3), errors: at(4), stalls: at(5) };
}

function sourcesOf(table: DeviceTable, slot: number): DeviceDetail['sources'] {
  const { sources } = table.columns;
  const name = (i: number): string => figureSources[sources[slot * 3 + i]! - 1] ?? '';
  return { rtt: name(0), jitter: name(1), loss: name(2) };
}

/** Connected devices that come from the same address as this one, itself among them when it is. */
function countBehindAddress(table: DeviceTable, slot: number): number {
  const { columns: c } = table;
  const family = c.ipFamily[slot]!;
  if (family === 0) return 0;
  const [a, b, d, e] = c.ip.subarray(slot * addressWords, (slot + 1) * addressWords);
  let count = 0;
  for (let other = 0, at = 0; other < table.slotsEnd; other++, at += addressWords) {
    if (c.ip[at + 3] !== e || c.ipFamily[other] !== family || c.online[other] === 0) continue;
    if (c.ip[at] === a && c.ip[at + 1] === b && c.ip[at + 2] === d) count++;
  }
  return count;
}
