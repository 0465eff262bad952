import type { DeviceRecord, QualitySample } from '@tributary/backplane';
import type { DeviceDetail, DeviceRow, DeviceState } from '@tributary/protocol/admin-api';
import { applyArrival, applyClass, applyDeparture, applyRecord } from './apply-presence.ts';
import { applyQualityChange, applyQualitySample, type QualityChange } from './apply-quality.ts';
import { applySample, type DeviceSample } from './apply-sample.ts';
import type { Arrival, ClassMove, Departure } from './device-event.ts';
import { detailOf, rowOf } from './device-row.ts';
import { attentionAt, isLive, rateAt, scoreAt, stateAt } from './device-state.ts';
import { DeviceTable } from './device-table.ts';
import { qualityFigures, type QualityFigures } from './quality-figures.ts';
import { inheritSparks, noteScores } from './sparks.ts';

export type { DeviceSample } from './apply-sample.ts';
export { nodeLostUnknownMs } from './device-state.ts';

// Figures of the whole fleet are counted at most so often, however many ask.
const figuresHoldMs = 1000;

/**
 * Every device of the namespace. What feeds it and what reads it has a file of its own; here they meet. `nowMs` is Unix
 * time, `at` this process' monotonic clock.
 */
export class FleetIndex extends DeviceTable {
  #figures: { at: number; value: QualityFigures } | undefined;

  /** A device record as the snapshot found it. */
  applyRecord(id: string, record: DeviceRecord): void {
    applyRecord(this, id, record);
  }

  applyArrival(event: Arrival): void {
    applyArrival(this, event);
  }

  applyDeparture(event: Departure): void {
    applyDeparture(this, event);
  }

  applyClass(event: ClassMove): void {
    applyClass(this, event);
  }

  /** @param ts the node's time of the sample, Unix ms */
  applySample(sample: DeviceSample, ts: number, at: number): void {
    applySample(this, sample, ts, at);
  }

  applyQualitySample(sample: QualitySample, ts: number): void {
    applyQualitySample(this, sample, ts);
  }

  applyQualityChange(change: QualityChange): void {
    applyQualityChange(this, change);
  }

  /** What no event tells, see `prune`: session expiry in seconds, messages that wait. */
  setAside(id: string, facts: { expiry: number; isSleepy: boolean; backlog: number }): void {
    const slot = this.slotOf(id);
    if (slot === undefined) return;
    this.columns.expiry[slot] = facts.expiry;
    this.columns.sleepy[slot] = facts.isSleepy ? 1 : 0;
    this.columns.backlog[slot] = facts.backlog;
    this.touch(slot);
  }

  /** Notes every device's score for its sparkline. */
  noteScores(): void {
    noteScores(this);
  }

  /** Goes on with the sparklines of the index it replaces. */
  inheritSparks(before: DeviceTable): void {
    inheritSparks(this, before);
  }

  /** Which nodes have gone quiet: their devices turn unknown until the node is heard of again. */
  setSilent(isSilent: (node: string) => boolean): void {
    for (let code = 1; code < this.names.size; code++) {
      const now = isSilent(this.names.name(code));
      if (this.silent.has(code) === now) continue;
      if (now) this.silent.add(code);
      else this.silent.delete(code);
      this.revision++;
      this.looks++;
    }
  }

  /** Nodes that hold a connected device, or held one when last heard of. */
  nodesOnline(): Set<string> {
    const { online, node } = this.columns;
    const codes = new Set<number>();
    for (let slot = 0; slot < this.slotsEnd; slot++) if (online[slot] === 1) codes.add(node[slot]!);
    codes.delete(0);
    return new Set([...codes].map((code) => this.names.name(code)));
  }

  /** Connected, and its node is heard of. */
  isLive(slot: number): boolean {
    return isLive(this, slot);
  }

  stateAt(slot: number, nowMs: number): DeviceState {
    return stateAt(this, slot, nowMs);
  }

  rateAt(slot: number, at: number): number {
    return rateAt(this, slot, at);
  }

  /** 0 to 100; undefined: not known, as of every device that is not connected. */
  scoreAt(slot: number): number | undefined {
    return scoreAt(this, slot);
  }

  /** 0 to 1000: where an operator should look first. */
  attentionAt(slot: number, at: number): number {
    return attentionAt(this, slot, at);
  }

  row(slot: number, nowMs: number, at: number): DeviceRow {
    return rowOf(this, slot, nowMs, at);
  }

  detail(slot: number, nowMs: number, at: number): DeviceDetail {
    return detailOf(this, slot, nowMs, at);
  }

  countStates(nowMs: number): Record<DeviceState, number> {
    const counts = { connected: 0, offline: 0, unknown: 0 };
    for (let slot = 0; slot < this.slotsEnd; slot++) {
      if (this.columns.used[slot] === 1) counts[stateAt(this, slot, nowMs)]++;
    }
    return counts;
  }

  /** How the links of all connected devices are, at most a second old. */
  quality(at: number): QualityFigures {
    if (this.#figures === undefined || at - this.#figures.at >= figuresHoldMs) {
      this.#figures = { at, value: qualityFigures(this) };
    }
    return this.#figures.value;
  }
}
