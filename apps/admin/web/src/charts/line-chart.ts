import { niceScale } from './scale.ts';

export interface Line {
  name: string;
  /** CSS colour. */
  color: string;
  values: readonly number[];
  /** Filled to the baseline. */
  area?: boolean;
}

export interface ChartData {
  /** Unix ms of each value, ascending. */
  at: readonly number[];
  lines: readonly Line[];
  /** The moment at the right edge, and how much time the width shows. */
  untilMs: number;
  spanMs: number;
  /** Index under the pointer. */
  marked?: number | undefined;
}

export interface ChartStyle {
  text: string;
  grid: string;
  surface: string;
  font: string;
}

const leftPx = 48;
const rightPx = 10;
const topPx = 10;
const bottomPx = 22;
/** A hole longer than this is drawn as one: a line across it would be made up. */
const holeMs = 5000;

/** x of a moment. @param width of the whole chart, CSS px. */
export function xOf(at: number, data: Pick<ChartData, 'untilMs' | 'spanMs'>, width: number): number {
  const share = 1 - (data.untilMs - at) / data.spanMs;
  return leftPx + share * (width - leftPx - rightPx);
}

/** The point nearest to x; undefined without points. */
export function indexAt(x: number, data: ChartData, width: number): number | undefined {
  let best: number | undefined;
  for (const [i, at] of data.at.entries()) {
    const distance = Math.abs(xOf(at, data, width) - x);
    if (best === undefined || distance < Math.abs(xOf(data.at[best]!, data, width) - x)) best = i;
  }
  return best;
}

/** Draws the whole chart. The context is scaled to CSS pixels already. */
export function drawLines(
  context: CanvasRenderingContext2D,
  size: { width: number; height: number },
  data: ChartData,
  style: ChartStyle,
  labels: { value: (value: number) => string; time: (at: number) => string },
): void {
  const { width, height } = size;
  const highest = Math.max(0, ...data.lines.flatMap((line) => line.values));
  const { top, ticks } = niceScale(highest);
  const y = (value: number): number => height - bottomPx - (value / top) * (height - bottomPx - topPx);
  context.clearRect(0, 0, width, height);
  context.font = style.font;

  drawGrid(context, size, [0, ...ticks], y, style, labels.value);
  drawTimes(context, size, data, style, labels.time);

  context.save();
  context.beginPath();
  context.rect(leftPx, 0, width - leftPx - rightPx + 2, height);
  context.clip();
  for (const line of data.lines) drawLine(context, width, data, line, y);
  context.restore();
  if (data.marked !== undefined) drawMark(context, size, data, y, style);
}

function drawGrid(
  context: CanvasRenderingContext2D,
  { width }: { width: number },
  ticks: readonly number[],
  y: (value: number) => number,
  style: ChartStyle,
  label: (value: number) => string,
): void {
  context.strokeStyle = style.grid;
  context.fillStyle = style.text;
  context.lineWidth = 1;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (const tick of ticks) {
    const at = Math.round(y(tick)) + 0.5;
    context.beginPath();
    context.moveTo(leftPx, at);
    context.lineTo(width - rightPx, at);
    context.stroke();
    context.fillText(label(tick), leftPx - 8, at);
  }
}

function drawTimes(
  context: CanvasRenderingContext2D,
  { width, height }: { width: number; height: number },
  data: ChartData,
  style: ChartStyle,
  label: (at: number) => string,
): void {
  const stepMs = width < 520 ? 240_000 : 120_000;
  context.fillStyle = style.text;
  context.textAlign = 'center';
  context.textBaseline = 'alphabetic';
  const first = Math.ceil((data.untilMs - data.spanMs) / stepMs) * stepMs;
  for (let at = first; at <= data.untilMs; at += stepMs) {
    const x = xOf(at, data, width);
    if (x < leftPx + 16 || x > width - rightPx - 16) continue;
    context.fillText(label(at), x, height - 6);
  }
}

function drawLine(
  context: CanvasRenderingContext2D,
  width: number,
  data: ChartData,
  line: Line,
  y: (value: number) => number,
): void {
  for (const run of runsOf(data.at)) {
    const points = run.map((i) => [xOf(data.at[i]!, data, width), y(line.values[i]!)] as const);
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) continue;
    const path = new Path2D();
    path.moveTo(...first);
    for (const point of points.slice(1)) path.lineTo(...point);
    if (line.area === true) {
      const area = new Path2D(path);
      area.lineTo(last[0], y(0));
      area.lineTo(first[0], y(0));
      context.globalAlpha = 0.12;
      context.fillStyle = line.color;
      context.fill(area);
      context.globalAlpha = 1;
    }
    context.strokeStyle = line.color;
    context.lineWidth = 1.5;
    context.lineJoin = 'round';
    context.stroke(path);
  }
}

/** The indexes of each stretch without a hole. */
function runsOf(at: readonly number[]): number[][] {
  const runs: number[][] = [];
  for (let i = 0; i < at.length; i++) {
    const continues = i > 0 && at[i]! - at[i - 1]! <= holeMs;
    if (continues) runs.at(-1)?.push(i);
    else runs.push([i]);
  }
  return runs;
}

function drawMark(
  context: CanvasRenderingContext2D,
  { width, height }: { width: number; height: number },
  data: ChartData,
  y: (value: number) => number,
  style: ChartStyle,
): void {
  const index = data.marked!;
  const x = Math.round(xOf(data.at[index] ?? 0, data, width)) + 0.5;
  context.strokeStyle = style.text;
  context.globalAlpha = 0.6;
  context.beginPath();
  context.moveTo(x, topPx);
  context.lineTo(x, height - bottomPx);
  context.stroke();
  context.globalAlpha = 1;
  for (const line of data.lines) {
    context.beginPath();
    context.arc(x, y(line.values[index] ?? 0), 3.5, 0, 2 * Math.PI);
    context.fillStyle = line.color;
    context.strokeStyle = style.surface;
    context.lineWidth = 2;
    context.fill();
    context.stroke();
  }
}
