import { lazy, Suspense, useState, type ReactNode } from 'react';
import { formatMoment } from '../format.ts';
import { ChartFrame, type ChartTable } from './chart-frame.tsx';
import { lineSentence, type LineMark, type LineSeries } from './line-model.ts';

const LinePlot = lazy(() => import('./line-plot.tsx'));

export interface LineChartProps {
  title: string;
  note?: ReactNode;
  /** Unix ms of each value, ascending. */
  at: readonly number[];
  series: readonly LineSeries[];
  /** Both ends of the time axis, Unix ms. */
  from: number;
  to: number;
  format: (value: number) => string;
  /** Lines stand on each other as filled areas: their sum is the top. The first one is at the bottom. */
  isStacked?: boolean;
  heightPx?: number;
  /** The axis reaches at least so far up. */
  leastTop?: number;
  /** A fixed axis instead of one that follows the values. */
  range?: readonly [number, number];
  /** Faint stripes where the bands of a score are. */
  hasBandStripes?: boolean;
  marks?: readonly LineMark[];
  /** Charts with the same key share their cursor. */
  syncKey?: string;
  onRange?: (from: number, to: number) => void;
  /** Without a panel of its own around it. */
  isBare?: boolean;
}

const noMarks: readonly LineMark[] = [];

/** Lines over time with a crosshair for pointer and arrow keys; dragging chooses a stretch. */
export function LineChart(props: LineChartProps) {
  const { title, note, at, series, from, to, format, marks = noMarks, heightPx = 160 } = props;
  const [marked, setMarked] = useState<number>();
  const shape = {
    heightPx,
    format,
    isStacked: props.isStacked ?? false,
    leastTop: props.leastTop ?? 1,
    range: props.range,
    hasBandStripes: props.hasBandStripes ?? false,
    syncKey: props.syncKey,
  };
  return (
    <ChartFrame
      title={title}
      note={note}
      isBare={props.isBare ?? false}
      controls={<Legend series={series} marked={marked} at={at} format={format} />}
      table={() => lineTable(at, series, format)}
    >
      <Suspense fallback={<div style={{ blockSize: heightPx }} />}>
        <LinePlot
          at={at}
          series={series}
          from={from}
          to={to}
          shape={shape}
          marks={marks}
          sentence={lineSentence(title, series, format)}
          onMark={setMarked}
          onRange={props.onRange}
        />
      </Suspense>
    </ChartFrame>
  );
}

/** The lines by name, with their values under the cursor, else the newest. */
function Legend({
  series,
  marked,
  at,
  format,
}: Pick<LineChartProps, 'series' | 'at' | 'format'> & { marked: number | undefined }) {
  const newest = at.at(-1) ?? 0;
  const moment = marked === undefined ? undefined : at[marked];
  return (
    <ul className="legend" role={moment === undefined ? undefined : 'status'}>
      {moment !== undefined && <li className="faint">{formatMoment(moment, newest)}</li>}
      {series.map(({ name, token, values, dashed = false }) => {
        const value = marked === undefined ? values.findLast((each) => each !== null) : values[marked];
        return (
          <li key={name}>
            <i style={{ background: `var(${token})` }} data-dashed={dashed} aria-hidden="true" />
            {name} <b>{text(value, format)}</b>
          </li>
        );
      })}
    </ul>
  );
}

const text = (value: number | null | undefined, format: (value: number) => string): string =>
  value === null || value === undefined ? '–' : format(value);

function lineTable(
  at: readonly number[],
  series: readonly LineSeries[],
  format: (value: number) => string,
): ChartTable {
  const newest = at.at(-1) ?? 0;
  return {
    heads: ['Time', ...series.map(({ name }) => name)],
    rows: at
      .map((moment, i) => [
        formatMoment(moment, newest),
        ...series.map(({ values }) => text(values[i], format)),
      ])
      .reverse(),
  };
}
