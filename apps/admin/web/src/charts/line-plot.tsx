import { useEffect, useRef, type KeyboardEvent } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { stackedValues, type LineMark, type LineSeries } from './line-model.ts';
import { nextColumn } from './next-column.ts';
import { plotOptions, type PlotShape } from './uplot-options.ts';
import { useSize, useThemeCount } from './use-canvas.ts';

export interface LinePlotProps {
  /** Unix ms of each value, ascending. */
  at: readonly number[];
  series: readonly LineSeries[];
  from: number;
  to: number;
  shape: Omit<PlotShape, 'series'>;
  marks: readonly LineMark[];
  sentence: string;
  onMark: (index: number | undefined) => void;
  onRange?: ((from: number, to: number) => void) | undefined;
}

/** The one place that knows uPlot; loaded when the first line chart is shown. */
export default function LinePlot(props: LinePlotProps) {
  const { at, series, shape, sentence, from, to, marks } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const latest = useRef(props);
  const { width } = useSize(place);
  const theme = useThemeCount();
  useEffect(() => {
    latest.current = props;
  });
  const { format: _format, ...rest } = shape;
  const shapeKey = JSON.stringify([rest, series.map(({ values: _, ...line }) => line)]);
  useEffect(() => {
    if (place.current === null || width === 0) return;
    const now = latest.current;
    const world = {
      ends: () => latest.current,
      marks: () => latest.current.marks,
      onMark: (index: number | undefined) => latest.current.onMark(index),
      onRange:
        now.onRange === undefined ? undefined : (a: number, b: number) => latest.current.onRange?.(a, b),
    };
    // Stacked lines are drawn from the top one down, each over the one that reaches higher.
    const lines = now.shape.isStacked ? [...now.series].reverse() : now.series;
    const made = new uPlot(
      plotOptions({ ...now.shape, series: lines }, world, width),
      dataOf(now),
      place.current,
    );
    plot.current = made;
    return () => {
      plot.current = undefined;
      made.destroy();
    };
  }, [width, theme, shapeKey]);
  useEffect(() => plot.current?.setData(dataOf(latest.current)), [at, series, from, to]);
  useEffect(() => plot.current?.redraw(false), [marks]);

  const onKey = (event: KeyboardEvent): void => {
    const made = plot.current;
    if (made === undefined) return;
    if (event.key === 'Escape') return made.setCursor({ left: -10, top: -10 });
    const index = nextColumn(event.key, made.cursor.idx ?? undefined, at.length);
    const moment = index === undefined ? undefined : at[index];
    if (moment === undefined) return;
    event.preventDefault();
    made.setCursor({ left: made.valToPos(moment, 'x'), top: 10 });
  };
  return (
    <div
      ref={place}
      className="line-plot"
      style={{ blockSize: shape.heightPx }}
      role="img"
      tabIndex={0}
      aria-label={sentence}
      onKeyDown={onKey}
      onBlur={() => plot.current?.setCursor({ left: -10, top: -10 })}
    />
  );
}

function dataOf({ at, series, shape }: LinePlotProps): uPlot.AlignedData {
  const values = shape.isStacked ? stackedValues(series).reverse() : series.map((line) => [...line.values]);
  return [[...at], ...values];
}
