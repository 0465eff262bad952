import type { Band, BandCounts, History, Mark } from '@tributary/protocol/admin-api';
import { Grid2x2, ZoomIn } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { formatCount, formatMoment } from '../format.ts';
import { useServerNow } from '../live/context.ts';
import { BandGlyph } from '../parts/band.tsx';
import { stackedBands } from '../parts/words.ts';
import { useShortcut } from '../shell/shortcuts.ts';
import { ChartFrame, type ChartTable } from './chart-frame.tsx';
import { columnSentence, zoomsByItself, type StripMode } from './strip-model.ts';
import { StripPlot } from './strip-plot.tsx';
import { TimeAxis } from './time-axis.tsx';

interface Props {
  title: string;
  history: History;
  note?: ReactNode;
  onRange?: (from: number, to: number) => void;
  onBand?: (band: Band) => void;
  heightPx?: number;
}

export interface StripView {
  mode: StripMode;
  isZoomed: boolean;
  toggleMode: () => void;
  toggleZoom: () => void;
}

/** How a strip is looked at. Zoomed to the worst tenth by itself while trouble is small, until somebody chooses. */
export function useStripView(history: History | undefined): StripView {
  const [mode, setMode] = useState<StripMode>('bands');
  const [asked, setAsked] = useState<boolean>();
  const isZoomed = asked ?? (history !== undefined && zoomsByItself(history.columns));
  return {
    mode,
    isZoomed,
    toggleMode: () => setMode(mode === 'bands' ? 'density' : 'bands'),
    toggleZoom: () => setAsked(!isZoomed),
  };
}

/** The lead picture: share of devices in each band over time, the worst on the base line. */
export function QualityStrip({ title, history, note, onRange, onBand, heightPx }: Props) {
  const view = useStripView(history);
  const [marked, setMarked] = useState<number>();
  const { mode, isZoomed } = view;
  useShortcut('z', 'Zoom to the worst 10 %', view.toggleZoom);
  useShortcut('m', 'Density of scores', view.toggleMode);
  return (
    <div className="strip-frame">
      <ChartFrame
        title={title}
        note={note}
        controls={<StripSwitches view={view} />}
        table={() => stripTable(history)}
      >
        <div className="strip-plot">
          <StripScale mode={mode} isZoomed={isZoomed} />
          <StripPlot
            what={title}
            history={history}
            mode={mode}
            isZoomed={isZoomed}
            marked={marked}
            onMark={setMarked}
            {...(onRange !== undefined && { onRange })}
            {...(onBand !== undefined && { onBand })}
            {...(heightPx !== undefined && { heightPx })}
          />
          <TimeAxis from={history.from} to={history.to} />
        </div>
        <StripReading history={history} marked={marked} />
      </ChartFrame>
    </div>
  );
}

export function StripSwitches({ view: { mode, isZoomed, toggleMode, toggleZoom } }: { view: StripView }) {
  return (
    <>
      <button
        type="button"
        className="icon-button small"
        aria-pressed={isZoomed}
        disabled={mode === 'density'}
        aria-label="Zoom to the worst 10 %"
        data-tip="Stretch the worst 10 % to the full height. Key: z"
        onClick={toggleZoom}
      >
        <ZoomIn size={14} aria-hidden="true" />
      </button>
      <button
        type="button"
        className="icon-button small"
        aria-pressed={mode === 'density'}
        aria-label="Density of scores"
        data-tip="How many devices have which score. Key: m"
        onClick={toggleMode}
      >
        <Grid2x2 size={14} aria-hidden="true" />
      </button>
    </>
  );
}

function StripScale({ mode, isZoomed }: { mode: StripMode; isZoomed: boolean }) {
  const [top, bottom] = mode === 'density' ? ['100', '0'] : [isZoomed ? '10 %' : '100 %', '0'];
  return (
    <div className="strip-scale" aria-hidden="true">
      <span>{top}</span>
      <span>{bottom}</span>
    </div>
  );
}

/** What is under the pointer, or the newest column: time, and each band with its count. */
function StripReading({ history, marked }: { history: History; marked: number | undefined }) {
  const now = useServerNow();
  const last = history.columns.findLastIndex(({ bands }) => bands !== null);
  const column = history.columns[marked ?? last];
  const mark = column === undefined ? undefined : markNear(history.marks, column.at, history.stepMs);
  return (
    <div className="strip-reading">
      <span className="strip-time">{column === undefined ? '' : formatMoment(column.at, now)}</span>
      <BandCountsList bands={column?.bands ?? null} />
      {mark !== undefined && marked !== undefined && <span className="strip-mark">▾ {mark.text}</span>}
      <span className="sr" role="status">
        {marked !== undefined && column !== undefined
          ? `${formatMoment(column.at, now)}: ${columnSentence(column.bands)}`
          : ''}
      </span>
    </div>
  );
}

function markNear(marks: readonly Mark[], at: number, stepMs: number): Mark | undefined {
  return marks.find((mark) => mark.at >= at - stepMs && mark.at < at + 2 * stepMs);
}

/** All bands with their counts, best first, in one line. */
export function BandCountsList({ bands }: { bands: BandCounts | null }) {
  return (
    <ul className="band-counts">
      {[...stackedBands].reverse().map((band) => (
        <li key={band} data-none={(bands?.[band] ?? 0) === 0}>
          <BandGlyph band={band} />
          <span>{band}</span>
          <b>{bands === null ? '–' : formatCount(bands[band])}</b>
        </li>
      ))}
    </ul>
  );
}

function stripTable({ columns }: History): ChartTable {
  const order = [...stackedBands].reverse();
  const now = columns.at(-1)?.at ?? 0;
  return {
    heads: ['Time', ...order],
    rows: [...columns]
      .reverse()
      .filter(({ bands }) => bands !== null)
      .map(({ at, bands }) => [
        formatMoment(at, now),
        ...order.map((band) => (bands === null ? '–' : formatCount(bands[band]))),
      ]),
  };
}
