import { SparkColumn } from '../charts/spark-column.tsx';
import type { Layout } from './grid-layout.ts';

/** One canvas behind all sparklines on screen, in the track of their column. */
export function SparkLayer({
  ids,
  top,
  rowHeightPx,
  layout,
  track,
}: {
  ids: readonly string[];
  top: number;
  rowHeightPx: number;
  layout: Layout;
  track: number;
}) {
  return (
    <div
      className="grid-row spark-layer"
      aria-hidden="true"
      style={{
        transform: `translateY(${top}px)`,
        gridTemplateColumns: layout.tracks,
        blockSize: ids.length * rowHeightPx,
      }}
    >
      <div style={{ gridColumn: track }}>
        <SparkColumn ids={ids} rowHeightPx={rowHeightPx} />
      </div>
    </div>
  );
}
