import type { Band, History } from '@tributary/protocol/admin-api';
import { useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { nextColumn } from './next-column.ts';
import { drawStrip, marksPx, stripTokens } from './draw-strip.ts';
import { bandAt, columnAt, momentAt, stripSentence, type StripMode } from './strip-model.ts';
import { tokenColors } from './theme.ts';
import { useCanvas, useThemeCount } from './use-canvas.ts';

interface Props {
  /** What the strip is of, for its sentence: "Quality of the fleet". */
  what: string;
  history: History;
  mode: StripMode;
  isZoomed: boolean;
  /** Column under pointer or keyboard; several strips may share it. */
  marked: number | undefined;
  onMark: (column: number | undefined) => void;
  onRange?: (from: number, to: number) => void;
  onBand?: (band: Band) => void;
  heightPx?: number;
}

/** Less than this between press and release is a click, not a choice of a stretch. */
const clickPx = 4;

/** The canvas of a quality strip: hover, click, drag, arrow keys. */
export function StripPlot(props: Props) {
  const { what, history, mode, isZoomed, marked, onMark, onRange, onBand, heightPx = 132 } = props;
  const { columns, marks, from, to } = history;
  const [chosen, setChosen] = useState<readonly [number, number]>();
  const pressedAt = useRef<number>(undefined);
  const theme = useThemeCount();
  const { canvas, size } = useCanvas(
    (context, at) =>
      drawStrip(
        context,
        at,
        { columns, marks, from, to, mode, isZoomed, marked, chosen },
        tokenColors(stripTokens),
      ),
    [history, mode, isZoomed, marked, chosen, theme],
  );

  const xOf = (event: PointerEvent): number =>
    event.clientX - event.currentTarget.getBoundingClientRect().left;
  const onMove = (event: PointerEvent<HTMLCanvasElement>): void => {
    const x = xOf(event);
    onMark(columnAt(x, size.width, columns.length));
    const start = pressedAt.current;
    if (start !== undefined && onRange !== undefined && Math.abs(x - start) > clickPx) setChosen([start, x]);
  };
  const onUp = (event: PointerEvent<HTMLCanvasElement>): void => {
    const start = pressedAt.current;
    const x = xOf(event);
    pressedAt.current = undefined;
    setChosen(undefined);
    if (start === undefined) return;
    if (onRange !== undefined && Math.abs(x - start) > clickPx) {
      onRange(momentAt(start, size.width, history), momentAt(x, size.width, history));
      return;
    }
    const { top, height } = event.currentTarget.getBoundingClientRect();
    const column = columns[columnAt(x, size.width, columns.length) ?? -1];
    const band = bandAt(column, 1 - (event.clientY - top - marksPx) / (height - marksPx), isZoomed);
    if (band !== undefined && mode === 'bands') onBand?.(band);
  };
  const onKey = (event: KeyboardEvent): void => {
    const next = nextColumn(event.key, marked, columns.length);
    if (event.key === 'Escape') onMark(undefined);
    if (next === undefined) return;
    event.preventDefault();
    onMark(next);
  };
  return (
    <canvas
      ref={canvas}
      className="strip"
      style={{ blockSize: heightPx }}
      role="img"
      tabIndex={0}
      aria-label={stripSentence(columns, what)}
      data-clickable={onBand !== undefined && mode === 'bands'}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        pressedAt.current = xOf(event);
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={onMove}
      onPointerUp={onUp}
      onPointerCancel={() => {
        pressedAt.current = undefined;
        setChosen(undefined);
      }}
      onPointerLeave={() => onMark(undefined)}
      onKeyDown={onKey}
      onBlur={() => onMark(undefined)}
    />
  );
}
