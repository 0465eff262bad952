import { type QualityFacts, type QualitySample, zombieReasons } from '@tributary/backplane';
import { bands, causes, confidences, type FigureSource } from '@tributary/protocol/admin-api';
import { noScore } from './columns.ts';
import type { DeviceTable } from './device-table.ts';

/** Who may have measured a figure; a column holds the place plus 1. */
export const figureSources = ['tcp', 'ws-ping', 'puback'] as const satisfies readonly FigureSource[];

/** What an event on a band change tells; the figures it lacks are as they were. */
export type QualityChange = Omit<QualityFacts, 'sources' | 'zombie' | 'flaps'> & {
  device: string;
  epoch: number;
  /** Unix ms, the node's clock. */
  ts: number;
};

/** A device's line in the samples of its node. @param ts the node's time of the sample, Unix ms. */
export function applyQualitySample(table: DeviceTable, sample: QualitySample, ts: number): void {
  const slot = currentSlot(table, sample.clientId, sample.epoch, ts);
  if (slot !== undefined) setQuality(table, slot, sample, ts);
}

export function applyQualityChange(table: DeviceTable, change: QualityChange): void {
  const slot = currentSlot(table, change.device, change.epoch, change.ts);
  if (slot === undefined) return;
  setScore(table, slot, change);
  table.columns.qualityAt[slot] = change.ts;
}

/** @param at Unix ms, when it was measured. */
export function setQuality(table: DeviceTable, slot: number, facts: QualityFacts, at: number): void {
  const { columns: c } = table;
  setScore(table, slot, facts);
  const { rtt, jitter, loss } = facts.sources;
  c.sources[slot * 3] = placeOf(figureSources, rtt);
  c.sources[slot * 3 + 1] = placeOf(figureSources, jitter);
  c.sources[slot * 3 + 2] = placeOf(figureSources, loss);
  c.zombie[slot] = placeOf(zombieReasons, facts.zombie);
  c.flaps[slot] = Math.min(facts.flaps, 0xffff);
  c.qualityAt[slot] = at;
}

// Events and samples come by different streams, so one may be overtaken; more than this is a clock that was set back.
const lateAtMostMs = 60_000;

type Scored = Pick<
  QualityFacts,
  'score' | 'band' | 'penalties' | 'confidence' | 'rttMs' | 'jitterMs' | 'lossRatio'
>;

function setScore(table: DeviceTable, slot: number, facts: Scored): void {
  const { columns: c } = table;
  table.touch(slot);
  c.score[slot] = facts.score === undefined ? noScore : Math.round(facts.score);
  c.band[slot] = bands.indexOf(facts.band);
  c.confidence[slot] = confidences.indexOf(facts.confidence);
  c.rtt[slot] = facts.rttMs ?? Number.NaN;
  c.jitter[slot] = facts.jitterMs ?? Number.NaN;
  c.loss[slot] = facts.lossRatio ?? Number.NaN;
  let most = 0;
  c.cause[slot] = 0;
  for (const [i, cause] of causes.entries()) {
    const points = facts.penalties[cause];
    c.penalties[slot * causes.length + i] = points;
    if (points <= most) continue;
    most = points;
    c.cause[slot] = i + 1;
  }
}

/** The slot of a device that is online in this epoch and of which nothing newer is known. */
function currentSlot(table: DeviceTable, id: string, epoch: number, ts: number): number | undefined {
  const slot = table.slotOf(id);
  const { columns: c } = table;
  if (slot === undefined || c.online[slot] === 0 || epoch !== c.epoch[slot]!) return undefined;
  const lateMs = c.qualityAt[slot]! - ts;
  return lateMs > 0 && lateMs < lateAtMostMs ? undefined : slot;
}

const placeOf = <T>(names: readonly T[], name: T | undefined): number =>
  name === undefined ? 0 : names.indexOf(name) + 1;
