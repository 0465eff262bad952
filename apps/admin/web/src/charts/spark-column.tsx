import { bands } from '@tributary/protocol/admin-api';
import { useEffect, useRef } from 'react';
import { useLive } from '../live/context.ts';
import { rowKey } from '../live/store.ts';
import { bandToken } from '../parts/words.ts';
import { sparkRuns } from './spark-model.ts';
import { tokenColors } from './theme.ts';
import { scaled, useSize, useThemeCount } from './use-canvas.ts';

interface Props {
  /** The rows beside it, from top to bottom. */
  ids: readonly string[];
  rowHeightPx: number;
}

const tokens = [...bands.map(bandToken), '--hairline'] as const;
const padPx = { x: 4, y: 9 };

/**
 * The sparklines of a whole column of rows on one canvas: forty canvases would cost more than all the rest of the table.
 * Drawn once per frame at most, when one of its rows changed. Decoration: the badge beside it says the score.
 */
export function SparkColumn({ ids, rowHeightPx }: Props) {
  const { store } = useLive();
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(canvas);
  const theme = useThemeCount();
  const key = JSON.stringify(ids);
  useEffect(() => {
    const shown = JSON.parse(key) as string[];
    const colors = tokenColors(tokens);
    const draw = (): void => {
      const context = canvas.current?.getContext('2d') ?? undefined;
      if (context === undefined || size.width === 0) return;
      scaled(context, size);
      for (const [i, id] of shown.entries()) {
        drawSpark(
          context,
          store.row(id)?.spark ?? '',
          { top: i * rowHeightPx, width: size.width, rowHeightPx },
          colors,
        );
      }
    };
    let frame = requestAnimationFrame(draw);
    const redraw = (): void => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(draw);
    };
    const ends = shown.map((id) => store.subscribe(rowKey(id), redraw));
    return () => {
      cancelAnimationFrame(frame);
      for (const end of ends) end();
    };
  }, [store, key, size, theme, rowHeightPx]);
  return (
    <canvas
      ref={canvas}
      className="spark-column"
      style={{ blockSize: ids.length * rowHeightPx }}
      aria-hidden="true"
    />
  );
}

function drawSpark(
  context: CanvasRenderingContext2D,
  spark: string,
  { top, width, rowHeightPx }: { top: number; width: number; rowHeightPx: number },
  colors: Record<(typeof tokens)[number], string>,
): void {
  const { runs, last } = sparkRuns(spark);
  const x = (share: number): number => padPx.x + share * (width - 2 * padPx.x);
  const y = (share: number): number => top + rowHeightPx - padPx.y - share * (rowHeightPx - 2 * padPx.y);
  context.lineJoin = 'round';
  context.lineCap = 'round';
  for (const { band, points } of runs) {
    context.strokeStyle = colors[bandToken(band)] ?? '';
    context.lineWidth = 1.5;
    context.beginPath();
    for (const [i, [px, py]] of points.entries()) context[i === 0 ? 'moveTo' : 'lineTo'](x(px), y(py));
    context.stroke();
  }
  if (last === undefined) return;
  context.fillStyle = colors[bandToken(last.band)] ?? '';
  context.beginPath();
  context.arc(x(1), y(last.y), 2.2, 0, 2 * Math.PI);
  context.fill();
}
