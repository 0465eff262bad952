import type { Band, Fleet } from '@tributary/protocol/admin-api';
import { lazy } from 'react';
import { useLocation } from 'wouter';
import { QualityStrip } from '../charts/quality-strip.tsx';
import { useFleet, useHistory } from '../live/context.ts';
import { PageHead } from '../parts/panel.tsx';
import { Answer, Partial, Skeleton } from '../parts/states.tsx';
import { fixedRange } from '../range/range.ts';
import { RangePicker } from '../range/range-picker.tsx';
import { useRange } from '../range/use-range.ts';
import { Figures } from './figures.tsx';
import './fleet.css';
import { LostNow, LostOverTime } from './lost-points.tsx';
import { NodeRow } from './node-row.tsx';
import { OpenAlarms } from './open-alarms.tsx';
import { Connections, Traffic } from './traffic.tsx';
import { useFleetHistory } from './use-history.ts';
import { WorstDevices } from './worst-devices.tsx';
import { WorstGroups } from './worst-groups.tsx';

/** A fleet has devices: what is shown before its first one is fetched when there is none. */
const WaitingForDevice = lazy(async () => ({
  default: (await import('../parts/waiting.tsx')).WaitingForDevice,
}));

/** The overview: how good the links are and were, what costs them points, and who suffers most. */
export function FleetPage() {
  const fleet = useFleet();
  if (fleet === undefined) {
    return (
      <div className="page">
        <PageHead title="Fleet" />
        <Skeleton heights={[84, 230, 190]} />
      </div>
    );
  }
  const isWaiting = fleet.phase === 'waiting' || (fleet.phase === 'live' && fleet.devices.total === 0);
  if (isWaiting) {
    return (
      <div className="page">
        <PageHead title="Fleet" />
        <WaitingForDevice hasGateway={fleet.nodes.total > 0} />
      </div>
    );
  }
  return <Overview fleet={fleet} />;
}

function Overview({ fleet }: { fleet: Fleet }) {
  const [range, setRange] = useRange();
  const [, navigate] = useLocation();
  const history = useFleetHistory(range);
  const onRange = (from: number, to: number): void => setRange(fixedRange(from, to));
  const onBand = (band: Band): void => navigate(`/devices?q=band%3A${band}&sort=score`);
  return (
    <div className="page fleet">
      <PageHead title="Fleet">
        <RangePicker />
      </PageHead>
      <Figures fleet={fleet} history={useHistory()} />
      <Answer query={history} what="The history could not be read:" skeleton={[216, 196]}>
        {(data) => (
          <>
            <QualityStrip
              title="Quality of connected devices"
              history={data}
              note={<Partial reported={data.nodes.reported} known={data.nodes.known} of="nodes" />}
              onRange={onRange}
              onBand={onBand}
            />
            <div className="columns lost">
              <LostNow lost={fleet.quality.lost} />
              <LostOverTime history={data} onRange={onRange} />
            </div>
          </>
        )}
      </Answer>
      <div className="columns live">
        <div className="stack">
          <WorstGroups />
          <OpenAlarms />
          <NodeRow />
        </div>
        <WorstDevices />
      </div>
      {history.data !== undefined && (
        <div className="columns">
          <Traffic history={history.data} onRange={onRange} />
          <Connections history={history.data} onRange={onRange} />
        </div>
      )}
    </div>
  );
}
