import { causes, causeWords, type Fleet, type History } from '@tributary/protocol/admin-api';
import { useMemo } from 'react';
import { Link } from 'wouter';
import { causeSeries } from '../charts/cause-series.ts';
import { LineChart } from '../charts/line-chart.tsx';
import { Panel } from '../parts/panel.tsx';
import { CauseMark, PenaltiesBar } from '../parts/penalties.tsx';
import { causeSentences } from '../parts/words.ts';

const points = (value: number): string =>
  value === 0 ? '0' : Number.isInteger(value) || value >= 10 ? value.toFixed(0) : value.toFixed(1);

/** Where the fleet loses its points at this moment: "network or us?" at a glance. */
export function LostNow({ lost }: { lost: Fleet['quality']['lost'] }) {
  const total = causes.reduce((sum, cause) => sum + lost[cause], 0);
  const scale = Math.max(total, 5);
  return (
    <Panel title="Points lost now" note={`${points(total)} of 100, mean of all scored devices`}>
      <PenaltiesBar penalties={lost} scale={scale} label="Points lost by the fleet" />
      <ul className="lost-list">
        {causes.map((cause) => (
          <li key={cause} data-none={lost[cause] < 0.05}>
            <Link href={`/devices?q=cause%3A${cause}&sort=score`} data-tip={causeSentences[cause]}>
              <CauseMark cause={cause} />
              {causeWords[cause]}
            </Link>
            <b>{lost[cause].toFixed(1)}</b>
            <span className="faint">
              {total < 0.05 ? '' : `${Math.round((100 * lost[cause]) / total)} %`}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** The same over time, one cause on the other. */
export function LostOverTime({
  history,
  onRange,
}: {
  history: History;
  onRange: (from: number, to: number) => void;
}) {
  const { columns, from, to } = history;
  const at = useMemo(() => columns.map((column) => column.at), [columns]);
  const series = useMemo(() => causeSeries(columns.map(({ lost }) => lost)), [columns]);
  return (
    <LineChart
      title="Points lost over time"
      at={at}
      from={from}
      to={to}
      series={series}
      format={points}
      isStacked
      heightPx={170}
      leastTop={5}
      syncKey="fleet"
      onRange={onRange}
    />
  );
}
