import { encodeSpark, sparkPoints } from '@tributary/protocol/admin-api';
import { noScore } from './columns.ts';
import type { DeviceTable } from './device-table.ts';
import { isLive } from './device-state.ts';

/** Time between two points of a sparkline. */
export const sparkStepMs = 15_000;

/** Turns all rings by one and notes every device's score of now. Called every `sparkStepMs`. */
export function noteScores(table: DeviceTable): void {
  const { columns: c } = table;
  table.sparkHead = (table.sparkHead + 1) % sparkPoints;
  table.looks++;
  for (let slot = 0, at = table.sparkHead; slot < table.slotsEnd; slot++, at += sparkPoints) {
    c.spark[at] = isLive(table, slot) ? c.score[slot]! : noScore;
  }
}

/** The ring of a device as text, oldest first; empty while nothing was ever measured. */
export function sparkOf(table: DeviceTable, slot: number): string {
  const { spark } = table.columns;
  const from = slot * sparkPoints;
  const scores: (number | undefined)[] = [];
  let known = 0;
  for (let i = 1; i <= sparkPoints; i++) {
    const score = spark[from + ((table.sparkHead + i) % sparkPoints)]!;
    if (score !== noScore) known++;
    scores.push(score === noScore ? undefined : score);
  }
  return known === 0 ? '' : encodeSpark(scores);
}

/** Takes the rings over from the table that `table` replaces. */
export function inheritSparks(table: DeviceTable, before: DeviceTable): void {
  table.sparkHead = before.sparkHead;
  for (let slot = 0; slot < table.slotsEnd; slot++) {
    const old = table.columns.used[slot] === 1 ? before.slotOf(table.columns.id[slot]!) : undefined;
    if (old === undefined) continue;
    const ring = before.columns.spark.subarray(old * sparkPoints, (old + 1) * sparkPoints);
    table.columns.spark.set(ring, slot * sparkPoints);
  }
}
