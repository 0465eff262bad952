import {
  deviceHistorySchema,
  type DeviceDetail,
  type DeviceHistory,
  type QualityPoint,
} from '@tributary/protocol/admin-api';
import { useApi } from '../api/query.ts';
import { causeSeries } from '../charts/cause-series.ts';
import { LineChart } from '../charts/line-chart.tsx';
import { formatMs } from '../format.ts';
import { useDevice, useServerNow } from '../live/context.ts';
import { BandBadge } from '../parts/band.tsx';
import { Panel } from '../parts/panel.tsx';
import { PenaltiesBar, PenaltiesList } from '../parts/penalties.tsx';
import { Answer } from '../parts/states.tsx';
import { RangePicker } from '../range/range-picker.tsx';
import { endsOf, fixedRange, rangeQuery } from '../range/range.ts';
import { useRange } from '../range/use-range.ts';
import { sourceWords } from './device-words.ts';
import { formatLoss, joinPoints, marksOf } from './quality-points.ts';

/** How good the link is, what took the points, and how both went over time. */
export function QualityTab({ device }: { device: DeviceDetail }) {
  const [range] = useRange();
  const path = `/devices/${encodeURIComponent(device.id)}/history?${rangeQuery(range)}`;
  const history = useApi(path, deviceHistorySchema, { everyMs: 60_000, keepsPrevious: true });
  return (
    <>
      <Now device={device} />
      <div className="tab-bar">
        <RangePicker />
      </div>
      <Answer query={history} what="The history could not be read:" skeleton={[180, 140, 140]}>
        {(data) => <Charts device={device} history={data} />}
      </Answer>
    </>
  );
}

function Now({ device }: { device: DeviceDetail }) {
  const { score, band, penalties, confidence } = device;
  return (
    <div className="quality-now">
      <Panel title="Score" note={confidenceWords[confidence]}>
        <p className="quality-score">
          <BandBadge band={band} score={score} width="full" />
        </p>
        {score === null ? (
          <p className="quiet">Too little was measured to tell. That is neither good nor bad.</p>
        ) : (
          <>
            <PenaltiesBar penalties={penalties} label={`Score ${score}, points lost`} />
            <p className="quality-sum">
              100 − {100 - score} = <b>{score}</b>
            </p>
            <PenaltiesList penalties={penalties} />
          </>
        )}
      </Panel>
      <Panel title="Figures">
        <dl className="figures-list">
          <Figure
            title="Round trip"
            value={device.rttMs === null ? null : formatMs(device.rttMs)}
            source={device.sources.rtt}
          />
          <Figure
            title="Jitter"
            value={device.jitterMs === null ? null : formatMs(device.jitterMs)}
            source={device.sources.jitter}
          />
          <Figure
            title="Loss"
            value={device.lossRatio === null ? null : formatLoss(device.lossRatio)}
            source={device.sources.loss}
          />
          <Figure title="Unplanned reconnects" value={`${device.flaps} within the hour`} source="" />
        </dl>
      </Panel>
    </div>
  );
}

const confidenceWords = {
  none: 'not measured',
  low: 'low confidence: few samples yet, or none but what it does',
  medium: 'medium confidence',
  high: 'high confidence',
} as const;

function Figure({ title, value, source }: { title: string; value: string | null; source: string }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        <b>{value ?? 'not measured'}</b>
        {value !== null && source in sourceWords && (
          <small>{sourceWords[source as keyof typeof sourceWords]}</small>
        )}
      </dd>
    </div>
  );
}

function Charts({ device, history }: { device: DeviceDetail; history: DeviceHistory }) {
  const [range, setRange] = useRange();
  const now = useServerNow();
  const live = useDevice(device.id);
  const { from, to } = endsOf(range, now);
  const newest = range.kind === 'last' ? (live?.points ?? []) : [];
  const events = [...history.marks, ...(live?.events ?? [])];
  const ends = events.filter(({ kind }) => kind === 'disconnected').map((event) => event.at);
  const points = joinPoints(history.points, newest, from, ends);
  const at = points.map((point) => point.at);
  const pick = (of: (point: QualityPoint) => number | null): (number | null)[] => points.map(of);
  const common = {
    at,
    from,
    to,
    syncKey: 'device',
    marks: marksOf(events),
    onRange: (one: number, other: number) => setRange(fixedRange(one, other)),
  };
  const dashed = device.confidence === 'low';
  return (
    <>
      <LineChart
        {...common}
        title="Score"
        note={dashed ? 'dashed: low confidence' : undefined}
        series={[{ name: 'score', token: '--line-1', values: pick(({ score }) => score), dashed }]}
        format={(value) => String(Math.round(value))}
        range={[0, 100]}
        hasBandStripes
        heightPx={180}
      />
      <LineChart
        {...common}
        title="Points lost by cause"
        series={causeSeries(points.map(({ penalties }) => penalties))}
        format={(value) => value.toFixed(0)}
        isStacked
        leastTop={20}
        heightPx={140}
      />
      <LineChart
        {...common}
        title="Round trip and jitter"
        series={[
          { name: 'round trip', token: '--line-1', values: pick(({ rttMs }) => rttMs) },
          { name: 'jitter', token: '--line-2', values: pick(({ jitterMs }) => jitterMs) },
        ]}
        format={formatMs}
        leastTop={20}
        heightPx={140}
      />
      <LineChart
        {...common}
        title="Loss"
        series={[
          { name: 'loss', token: '--cause-loss', values: pick(({ lossRatio }) => lossRatio), area: true },
        ]}
        format={formatLoss}
        leastTop={0.02}
        heightPx={110}
      />
    </>
  );
}
