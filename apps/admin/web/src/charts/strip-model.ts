import type { Band, BandCounts, History, HistoryColumn } from '@tributary/protocol/admin-api';
import { stackedBands } from '../parts/words.ts';

// What the quality strip shows, as numbers: how high each band stands in each column, and what is under a pointer.

/** Share of the fleet that fills the whole height when zoomed to the worst. */
export const zoomShare = 0.1;

export type StripMode = 'bands' | 'density';

/** One band's place in a column, as shares of the height from the bottom (0 to 1). */
export interface Segment {
  band: Band;
  from: number;
  to: number;
}

export const countOf = (bands: BandCounts): number =>
  stackedBands.reduce((sum, band) => sum + bands[band], 0);

/** Bad and poor devices among those with a score, 0 to 1; 0 without any. */
export function poorShareOf(bands: BandCounts): number {
  const scored = countOf(bands) - bands.unknown;
  return scored === 0 ? 0 : (bands.bad + bands.poor) / scored;
}

/** Stacks the bands of one column, the worst at the bottom. Zoomed, the worst tenth fills the height. */
export function segmentsOf(bands: BandCounts, isZoomed: boolean): Segment[] {
  const total = countOf(bands);
  if (total === 0) return [];
  const whole = isZoomed ? zoomShare : 1;
  const segments: Segment[] = [];
  let from = 0;
  for (const band of stackedBands) {
    const to = Math.min(1, from + bands[band] / total / whole);
    if (to > from) segments.push({ band, from, to });
    from = to;
  }
  return segments;
}

/** Zoomed by itself while trouble is too little to be seen: on a straight scale 1 % is one pixel. */
export function zoomsByItself(columns: readonly HistoryColumn[]): boolean {
  const told = columns.flatMap(({ bands }) => (bands === null || countOf(bands) === 0 ? [] : [bands]));
  return told.length > 0 && told.every((bands) => poorShareOf(bands) < zoomShare);
}

/** The column at x, of a strip `width` wide; undefined outside. */
export function columnAt(x: number, width: number, count: number): number | undefined {
  const at = Math.floor((x / width) * count);
  return at >= 0 && at < count && width > 0 ? at : undefined;
}

/** The band at a height (0 bottom to 1 top) of a column; undefined where nobody reported. */
export function bandAt(
  column: HistoryColumn | undefined,
  height: number,
  isZoomed: boolean,
): Band | undefined {
  const bands = column?.bands ?? undefined;
  return bands === undefined ? undefined : segmentsOf(bands, isZoomed).find(({ to }) => height <= to)?.band;
}

/** The moment at x, Unix ms. */
export const momentAt = (x: number, width: number, { from, to }: Pick<History, 'from' | 'to'>): number =>
  from + (Math.min(width, Math.max(0, x)) / width) * (to - from);

/** 0 to 1 on a log scale, so that a score few have is still seen beside one that thousands have. */
export const densityOf = (count: number, most: number): number =>
  count <= 0 || most <= 0 ? 0 : Math.max(0.08, Math.log1p(count) / Math.log1p(most));

/** How many devices the fullest score bin of all columns has. */
export const mostInBin = (columns: readonly HistoryColumn[]): number =>
  columns.reduce((most, { bins }) => Math.max(most, ...(bins ?? [])), 0);

const percent = (share: number): string =>
  share === 0 ? '0 %' : share < 0.001 ? '<0.1 %' : `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

/** A column in words: "1,204 devices: 2 % bad, 5 % poor, …". */
export function columnSentence(bands: BandCounts | null): string {
  const total = bands === null ? 0 : countOf(bands);
  if (bands === null || total === 0) return 'nothing was reported';
  const parts = stackedBands
    .filter((band) => bands[band] > 0)
    .map((band) => `${percent(bands[band] / total)} ${band}`);
  return `${Math.round(total).toLocaleString('en')} devices: ${parts.join(', ')}`;
}

/** The whole picture in a sentence, for those who do not see it. */
export function stripSentence(columns: readonly HistoryColumn[], what: string): string {
  const told = columns.filter(({ bands }) => bands !== null && countOf(bands) > 0);
  const [first, last] = [told[0]?.bands, told.at(-1)?.bands];
  if (!first || !last) return `${what}: nothing was reported in this time.`;
  const worst = Math.max(...told.map(({ bands }) => (bands === null ? 0 : poorShareOf(bands))));
  return (
    `${what}. Latest: ${columnSentence(last)}. Poor or bad at first ${percent(poorShareOf(first))}, ` +
    `at most ${percent(worst)}, at last ${percent(poorShareOf(last))}.`
  );
}
