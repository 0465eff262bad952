import type uPlot from 'uplot';
import { bandEdges } from '@tributary/protocol/admin-api';
import { bandToken } from '../parts/words.ts';
import { topOf, type LineMark, type LineSeries } from './line-model.ts';
import { tokenColors } from './theme.ts';
import { timeTicks } from './time-ticks.ts';

/** What a chart is made of; when one of these changes it is made anew, while data only flow in. */
export interface PlotShape {
  series: readonly Omit<LineSeries, 'values'>[];
  isStacked: boolean;
  heightPx: number;
  format: (value: number) => string;
  /** The axis reaches at least so far. */
  leastTop: number;
  /** A fixed axis, e.g. 0 to 100 for scores. */
  range?: readonly [number, number] | undefined;
  /** Faint stripes where the bands of a score are. */
  hasBandStripes: boolean;
  /** Charts with the same key share their cursor. */
  syncKey?: string | undefined;
}

/** What the options ask while they draw. */
export interface PlotWorld {
  ends: () => { from: number; to: number };
  marks: () => readonly LineMark[];
  onMark: (index: number | undefined) => void;
  onRange: ((from: number, to: number) => void) | undefined;
}

const axisPx = 46;
const letterPx = 6.2;

/** As wide as its longest label, and the same for charts below each other as long as it can be. */
const axisWidth = (labels: readonly string[] | null): number =>
  Math.max(axisPx, ...(labels ?? []).map((label) => Math.ceil(label.length * letterPx) + 10));

/** `60.0` is `60` on an axis, `1.5` stays. */
const withoutZeros = (text: string): string => text.replace(/\.0(?=\D|$)/, '');

export function plotOptions(shape: PlotShape, world: PlotWorld, width: number): uPlot.Options {
  const colors = tokenColors(['--text-faint', '--hairline', ...shape.series.map(({ token }) => token)]);
  const text = colors['--text-faint'] ?? '';
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const common = { stroke: text, font, ticks: { show: false } };
  return {
    width,
    height: shape.heightPx,
    ms: 1,
    legend: { show: false },
    padding: [8, 8, 0, 0],
    scales: {
      x: { time: true, range: () => [world.ends().from, world.ends().to] },
      y: { range: (_plot, _low, high) => [...(shape.range ?? [0, topOf(high, shape.leastTop)])] },
    },
    axes: [
      { ...common, size: 22, gap: 6, grid: { show: false }, ...timeAxis(world) },
      {
        ...common,
        size: (_plot, values) => axisWidth(values),
        gap: 6,
        space: 26,
        grid: { stroke: colors['--hairline'] ?? '', width: 1 },
        values: (_plot, splits) => splits.map((value) => withoutZeros(shape.format(value))),
      },
    ],
    series: [{}, ...shape.series.map((series) => lineOptions(series, shape, colors[series.token] ?? ''))],
    cursor: cursorOptions(shape, world),
    hooks: {
      drawClear: shape.hasBandStripes ? [drawStripes] : [],
      draw: [(plot) => drawMarks(plot, world.marks(), text)],
      setCursor: [({ cursor }) => world.onMark(cursor.idx ?? undefined)],
      setSelect: [(plot) => tellSelection(plot, world)],
    },
  };
}

function timeAxis(world: PlotWorld): Pick<uPlot.Axis, 'splits' | 'values'> {
  const ticks = (plot: uPlot) => {
    const { from, to } = world.ends();
    return timeTicks(from, to, Math.max(2, Math.floor(plot.width / 110)));
  };
  return {
    splits: (plot) => ticks(plot).map(({ at }) => at),
    values: (plot) => ticks(plot).map(({ label }) => label),
  };
}

function lineOptions(
  { area = false, dashed = false }: Omit<LineSeries, 'values'>,
  { isStacked }: PlotShape,
  color: string,
): uPlot.Series {
  const fill = isStacked ? color : area ? faded(color) : undefined;
  return {
    stroke: color,
    width: isStacked ? 0.5 : 1.5,
    ...(fill !== undefined && { fill }),
    ...(dashed && { dash: [4, 4] }),
    spanGaps: false,
    points: { show: false },
  };
}

/** The same colour, nearly transparent; browsers tell computed colours as `rgb(…)`. */
const faded = (color: string): string => color.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.12)');

function cursorOptions({ syncKey }: PlotShape, world: PlotWorld): uPlot.Cursor {
  return {
    y: false,
    drag: { x: world.onRange !== undefined, y: false, setScale: false },
    points: { size: 6 },
    ...(syncKey !== undefined && { sync: { key: syncKey, setSeries: false } }),
  };
}

function tellSelection(plot: uPlot, { onRange }: PlotWorld): void {
  const { left, width } = plot.select;
  if (width < 5 || onRange === undefined) return;
  onRange(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}

function drawStripes(plot: uPlot): void {
  const { ctx, bbox } = plot;
  const colors = tokenColors(bandEdges.map(([band]) => bandToken(band)));
  let top = 100;
  ctx.save();
  ctx.globalAlpha = 0.09;
  for (const [band, edge] of bandEdges) {
    const [y, bottom] = [plot.valToPos(top, 'y', true), plot.valToPos(edge, 'y', true)];
    ctx.fillStyle = colors[bandToken(band)] ?? '';
    ctx.fillRect(bbox.left, y, bbox.width, bottom - y);
    top = edge;
  }
  ctx.restore();
}

function drawMarks(plot: uPlot, marks: readonly LineMark[], quiet: string): void {
  const { ctx, bbox } = plot;
  const colors = tokenColors(marks.flatMap(({ token }) => (token === undefined ? [] : [token])));
  const scale = window.devicePixelRatio;
  ctx.save();
  ctx.lineWidth = scale;
  ctx.setLineDash([3 * scale, 3 * scale]);
  for (const { at, token } of marks) {
    const x = Math.round(plot.valToPos(at, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = (token === undefined ? undefined : colors[token]) ?? quiet;
    ctx.beginPath();
    ctx.moveTo(x + 0.5, bbox.top);
    ctx.lineTo(x + 0.5, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
