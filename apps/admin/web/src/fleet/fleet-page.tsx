import type { Fleet, HistoryPoint } from '@tributary/protocol/admin-api';
import { useMemo } from 'react';
import { LineChart } from '../charts/line-chart.tsx';
import { formatRate } from '../format.ts';
import { useFleet, useHistory } from '../live/context.ts';
import { WaitingForDevice } from '../parts/waiting.tsx';
import { Figures } from './figures.tsx';
import { NodeStrip } from './node-strip.tsx';
import { StateBar } from './state-bar.tsx';

const chartSpanMs = 600_000;

/** The overview: how many, how much, and which nodes carry it. */
export function FleetPage() {
  const fleet = useFleet();
  const history = useHistory();
  return (
    <div className="page">
      <h1>Fleet</h1>
      {fleet === undefined ? <FleetSkeleton /> : <FleetContent fleet={fleet} history={history} />}
    </div>
  );
}

function FleetContent({ fleet, history }: { fleet: Fleet; history: readonly HistoryPoint[] }) {
  const series = useMemo(() => columnsOf(history), [history]);
  if (fleet.phase === 'waiting' || (fleet.phase === 'live' && fleet.devices.total === 0)) {
    return <WaitingForDevice hasGateway={fleet.nodes.total > 0} />;
  }
  return (
    <>
      <Figures fleet={fleet} />
      <div className="charts">
        <LineChart
          title="Messages per second"
          at={series.at}
          from={(series.at.at(-1) ?? chartSpanMs) - chartSpanMs}
          to={series.at.at(-1) ?? chartSpanMs}
          format={formatRate}
          series={[
            { name: 'stored', token: '--line-2', values: series.stored },
            { name: 'received', token: '--line-1', values: series.messagesIn, area: true },
          ]}
        />
      </div>
      <div className="pair">
        <StateBar devices={fleet.devices} />
        <NodeStrip />
      </div>
    </>
  );
}

function columnsOf(history: readonly HistoryPoint[]) {
  return {
    at: history.map((point) => point[0]),
    messagesIn: history.map((point) => point[2]),
    stored: history.map((point) => point[3]),
  };
}

function FleetSkeleton() {
  return (
    <div className="skeleton" aria-busy="true" aria-label="Loading">
      <div style={{ blockSize: 108 }} />
      <div style={{ blockSize: 270 }} />
    </div>
  );
}
