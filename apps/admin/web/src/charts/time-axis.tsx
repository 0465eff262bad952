import { timeTicks } from './time-ticks.ts';

/** Nearer to an edge than this a label would be cut. */
const edgeShare = 0.025;

/** The times below a chart. Decoration: the chart's sentence and table say the same. */
export function TimeAxis({ from, to, most = 6 }: { from: number; to: number; most?: number }) {
  return (
    <div className="time-axis" aria-hidden="true">
      {timeTicks(from, to, most)
        .map(({ at, label }) => ({ label, at, share: (at - from) / (to - from) }))
        .filter(({ share }) => share > edgeShare && share < 1 - edgeShare)
        .map(({ at, label, share }) => (
          <span key={at} style={{ insetInlineStart: `${100 * share}%` }}>
            {label}
          </span>
        ))}
    </div>
  );
}
