import { bands, type Band, type HistoryColumn, type Mark } from '@tributary/protocol/admin-api';
import { bandToken } from '../parts/words.ts';
import { densityOf, mostInBin, segmentsOf, type StripMode } from './strip-model.ts';
import type { Size } from './use-canvas.ts';

export const stripTokens = [
  ...bands.map(bandToken),
  '--surface',
  '--surface-sunken',
  '--hairline',
  '--text',
  '--text-faint',
  '--density',
] as const;
export type StripColors = Readonly<Record<string, string>>;

/** Room above the columns for the ticks of marks. */
export const marksPx = 9;

export interface StripPicture {
  columns: readonly HistoryColumn[];
  from: number;
  to: number;
  marks: readonly Mark[];
  mode: StripMode;
  isZoomed: boolean;
  /** Column under pointer or keyboard. */
  marked?: number | undefined;
  /** A stretch being chosen, in px. */
  chosen?: readonly [number, number] | undefined;
}

/** Draws the whole strip; the context is in CSS px and empty. */
export function drawStrip(
  context: CanvasRenderingContext2D,
  size: Size,
  picture: StripPicture,
  colors: StripColors,
): void {
  const plot = { width: size.width, height: size.height - marksPx };
  context.save();
  context.translate(0, marksPx);
  context.fillStyle = colors['--surface-sunken'] ?? '';
  context.fillRect(0, 0, plot.width, plot.height);
  if (picture.mode === 'bands') drawBands(context, plot, picture, colors);
  else drawDensity(context, plot, picture, colors);
  drawChoice(context, plot, picture, colors);
  context.restore();
  drawMarks(context, size, picture, colors);
}

/** Both edges of a column on whole pixels of the screen, so that no seams shine through. */
function edges(index: number, count: number, width: number): [number, number] {
  const scale = window.devicePixelRatio;
  const at = (i: number): number => Math.round(((i * width) / count) * scale) / scale;
  return [at(index), at(index + 1)];
}

function drawBands(
  context: CanvasRenderingContext2D,
  { width, height }: Size,
  { columns, isZoomed }: StripPicture,
  colors: StripColors,
): void {
  const hatch = hatched(context, colors);
  const paint = (band: Band): string | CanvasPattern =>
    band === 'unknown' ? hatch : (colors[bandToken(band)] ?? '');
  for (const [i, { bands: counts }] of columns.entries()) {
    if (counts === null) continue;
    const [left, right] = edges(i, columns.length, width);
    for (const { band, from, to } of segmentsOf(counts, isZoomed)) {
      context.fillStyle = paint(band);
      context.fillRect(left, height * (1 - to), right - left, height * (to - from));
    }
  }
}

/** 21 score bins, the worst at the bottom; the more devices the stronger the one hue. */
function drawDensity(
  context: CanvasRenderingContext2D,
  { width, height }: Size,
  { columns }: StripPicture,
  colors: StripColors,
): void {
  const most = mostInBin(columns);
  const cell = height / 21;
  context.fillStyle = colors['--density'] ?? '';
  for (const [i, { bins }] of columns.entries()) {
    const [left, right] = edges(i, columns.length, width);
    for (const [bin, count] of (bins ?? []).entries()) {
      const density = densityOf(count, most);
      if (density === 0) continue;
      context.globalAlpha = density;
      context.fillRect(left, height - (bin + 1) * cell, right - left, cell + 0.5);
    }
  }
  context.globalAlpha = 1;
}

/** Hatching says "nobody knows", as everywhere on the page. */
function hatched(context: CanvasRenderingContext2D, colors: StripColors): CanvasPattern | string {
  const tile = document.createElement('canvas');
  const scale = window.devicePixelRatio;
  tile.width = tile.height = Math.round(6 * scale);
  const pen = tile.getContext('2d');
  if (pen === null) return colors['--band-unknown'] ?? '';
  pen.scale(scale, scale);
  pen.strokeStyle = colors['--band-unknown'] ?? '';
  pen.lineWidth = 1.1;
  for (const offset of [-6, 0, 6]) {
    pen.beginPath();
    pen.moveTo(offset, 6);
    pen.lineTo(offset + 6, 0);
    pen.stroke();
  }
  const pattern = context.createPattern(tile, 'repeat');
  pattern?.setTransform(new DOMMatrix().scale(1 / scale));
  return pattern ?? colors['--band-unknown'] ?? '';
}

function drawChoice(
  context: CanvasRenderingContext2D,
  { width, height }: Size,
  { columns, marked, chosen }: StripPicture,
  colors: StripColors,
): void {
  context.fillStyle = colors['--text'] ?? '';
  if (chosen !== undefined) {
    const [left, right] = [Math.min(...chosen), Math.max(...chosen)];
    context.globalAlpha = 0.35;
    context.fillStyle = colors['--surface'] ?? '';
    context.fillRect(0, 0, left, height);
    context.fillRect(right, 0, width - right, height);
    context.globalAlpha = 1;
  } else if (marked !== undefined) {
    const [left, right] = edges(marked, columns.length, width);
    const middle = Math.round((left + right) / 2) + 0.5;
    line(context, middle, height, 3, colors['--surface'] ?? '');
    line(context, middle, height, 1, colors['--text'] ?? '');
  }
}

function line(
  context: CanvasRenderingContext2D,
  x: number,
  height: number,
  width: number,
  color: string,
): void {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(x, 0);
  context.lineTo(x, height);
  context.stroke();
}

/** A tick above the strip for each thing that happened. */
function drawMarks(
  context: CanvasRenderingContext2D,
  { width }: Size,
  { marks, from, to }: StripPicture,
  colors: StripColors,
): void {
  context.fillStyle = colors['--text-faint'] ?? '';
  for (const mark of marks) {
    const x = ((mark.at - from) / (to - from)) * width;
    if (x < 0 || x > width) continue;
    context.beginPath();
    context.moveTo(x - 3.5, 0);
    context.lineTo(x + 3.5, 0);
    context.lineTo(x, marksPx - 2);
    context.fill();
  }
}
