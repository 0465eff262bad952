import { bandOf, decodeSpark, sparkPoints, type Band } from '@tributary/protocol/admin-api';

/** A stretch of a sparkline in one band: points in a box of width 1 and height 1, y from the bottom. */
export interface SparkRun {
  band: Band;
  points: readonly (readonly [x: number, y: number])[];
}

/** The line of a row, cut where the band changes and where nothing is known. The newest point is at the right. */
export function sparkRuns(spark: string): { runs: SparkRun[]; last: { y: number; band: Band } | undefined } {
  const scores = decodeSpark(spark);
  const runs: { band: Band; points: [number, number][] }[] = [];
  const offset = sparkPoints - scores.length;
  let before: [number, number] | undefined;
  for (const [i, score] of scores.entries()) {
    if (score === undefined) {
      before = undefined;
      continue;
    }
    const point: [number, number] = [(offset + i) / (sparkPoints - 1), score / 100];
    const band = bandOf(score);
    const run = runs.at(-1);
    if (before !== undefined && run?.band === band) run.points.push(point);
    else runs.push({ band, points: before === undefined ? [point] : [before, point] });
    before = point;
  }
  const last = scores.at(-1);
  return { runs, last: last === undefined ? undefined : { y: last / 100, band: bandOf(last) } };
}
