import type { DeviceTable } from './device-table.ts';

/** One line of a sample: what a device has sent in its epoch so far. */
export interface DeviceSample {
  id: string;
  epoch: number;
  messages: number;
  bytes: number;
  lastSeen: number;
}

// A rate is believed for two sample intervals, and never for less than this: nodes sample every 2 s.
const leastRateHoldMs = 6000;

// A device that sends at once when it connects, a moment before its node's samples, has no rate of thousands.
const leastIntervalMs = 1000;

/** @param ts the node's time of the sample, Unix ms. @param at this process' monotonic clock, ms. */
export function applySample(table: DeviceTable, sample: DeviceSample, ts: number, at: number): void {
  const slot = table.slotOf(sample.id);
  const { columns: c } = table;
  if (slot === undefined || c.online[slot] === 0 || sample.epoch !== c.epoch[slot]!) return;
  table.touch(slot);
  const intervalMs = ts - c.sampledAt[slot]!; // NaN without a sample before
  const gained = sample.messages - c.epochMessages[slot]!;
  if (intervalMs > 0 && gained >= 0) {
    const overSeconds = Math.max(intervalMs, leastIntervalMs) / 1000;
    c.rate[slot] = gained / overSeconds;
    c.byteRate[slot] = Math.max(0, sample.bytes - c.epochBytes[slot]!) / overSeconds;
    c.rateUntil[slot] = at + Math.max(2 * intervalMs, leastRateHoldMs);
  }
  if (!(intervalMs < 0)) c.sampledAt[slot] = ts;
  c.epochMessages[slot] = Math.max(c.epochMessages[slot]!, sample.messages);
  c.epochBytes[slot] = Math.max(c.epochBytes[slot]!, sample.bytes);
  c.lastSeen[slot] = Math.max(c.lastSeen[slot]!, sample.lastSeen);
}
