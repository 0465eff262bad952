import { timeTicks } from './time-ticks.ts';

/** The times below a chart. Decoration: the chart's sentence and table say the same. */
export function TimeAxis({ from, to, most = 6 }: { from: number; to: number; most?: number }) {
  return (
    <div className="time-axis" aria-hidden="true">
      {timeTicks(from, to, most).map(({ at, label }) => (
        <span key={at} style={{ insetInlineStart: `${(100 * (at - from)) / (to - from)}%` }}>
          {label}
        </span>
      ))}
    </div>
  );
}
