import type { History, HistoryColumn, NodeView } from '@tributary/protocol/admin-api';
import { useMemo } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import { LineChart } from '../charts/line-chart.tsx';
import type { LineMark } from '../charts/line-model.ts';
import { QualityStrip } from '../charts/quality-strip.tsx';
import { filterPath } from '../device/device-words.ts';
import { useFleetHistory } from '../fleet/use-history.ts';
import { formatBytes, formatCount, formatMs, formatRate } from '../format.ts';
import { useNodes } from '../live/context.ts';
import { PageHead } from '../parts/panel.tsx';
import { shortened, visible } from '../parts/safe-text.ts';
import { Answer } from '../parts/states.tsx';
import { fixedRange } from '../range/range.ts';
import { RangePicker } from '../range/range-picker.tsx';
import { useRange } from '../range/use-range.ts';
import { Certificates } from './certificates.tsx';
import { nodeFacts, NodeStateWords } from './node-facts.tsx';
import './nodes.css';

/** One node: how good its devices' links are, and how it is itself. All its incarnations are one history. */
export function NodePage() {
  const id = idOf(useParams()['id'] ?? '');
  const nodes = useNodes();
  const here = nodes?.filter((node) => node.id === id || node.node === id) ?? [];
  const [range, setRange] = useRange();
  const [, navigate] = useLocation();
  const history = useFleetHistory(range, id);
  const onRange = (from: number, to: number): void => setRange(fixedRange(from, to));
  return (
    <div className="page nodes-page">
      <PageHead title={<bdi>{shortened(id, 60)}</bdi>}>
        <Link href={filterPath('node', id)} className="button">
          Its devices
        </Link>
        <RangePicker />
      </PageHead>
      {nodes !== undefined && here.length === 0 && (
        <p className="quiet">No node of this name is listed now; its history is kept for 30 days.</p>
      )}
      {here.map((node) => (
        <NodeHeader key={node.node} node={node} />
      ))}
      <Answer query={history} what="The history could not be read:" skeleton={[216, 160, 160]}>
        {(data) => (
          <>
            <QualityStrip
              title="Quality of its devices"
              history={data}
              onRange={onRange}
              onBand={(band) =>
                navigate(`${filterPath('node', id)}${encodeURIComponent(` band:${band}`)}&sort=score`)
              }
            />
            <NodeCharts history={data} onRange={onRange} />
          </>
        )}
      </Answer>
    </div>
  );
}

/** The router hands on what is in the address, which anybody may have written. */
function idOf(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function NodeHeader({ node }: { node: NodeView }) {
  return (
    <dl className="node-facts live">
      <div>
        <dt>State</dt>
        <dd>
          <NodeStateWords node={node} />
        </dd>
      </div>
      {nodeFacts.map(({ name, tip, show }) => (
        <div key={name} data-tip={tip}>
          <dt>{name}</dt>
          <dd>{show(node)}</dd>
        </div>
      ))}
      <div>
        <dt>Process</dt>
        <dd>
          {node.pid} on {visible(node.host)}
        </dd>
      </div>
      <div>
        <dt>Listeners</dt>
        <dd>
          {node.listeners.map(({ name, protocol, address, port }) => (
            <span key={name} className="listener">
              {visible(protocol)} <code>{`${visible(address)}:${port}`}</code>
            </span>
          ))}
        </dd>
      </div>
      <Certificates node={node} />
    </dl>
  );
}

interface ChartPlan {
  title: string;
  format: (value: number) => string;
  lines: readonly [name: string, pick: (column: HistoryColumn) => number | null][];
  leastTop?: number;
}

const plans: readonly ChartPlan[] = [
  {
    title: 'Round trip of its devices',
    format: formatMs,
    lines: [
      ['p50', ({ rttP50 }) => rttP50],
      ['p95', ({ rttP95 }) => rttP95],
    ],
    leastTop: 10,
  },
  {
    title: 'Messages per second',
    format: formatRate,
    lines: [
      ['received', ({ messagesIn }) => messagesIn],
      ['stored', ({ stored }) => stored],
    ],
  },
  {
    title: 'Connections',
    format: formatCount,
    lines: [['open', ({ connections }) => connections]],
    leastTop: 3,
  },
  {
    title: 'Connects and disconnects per second',
    format: formatRate,
    lines: [
      ['connects', ({ connects }) => connects],
      ['disconnects', ({ disconnects }) => disconnects],
    ],
  },
  {
    title: 'Loop delay',
    format: formatMs,
    lines: [['mean', ({ loopDelayMs }) => loopDelayMs]],
    leastTop: 5,
  },
  {
    title: 'Redis round trip',
    format: formatMs,
    lines: [['mean', ({ redisLatencyMs }) => redisLatencyMs]],
    leastTop: 2,
  },
  { title: 'Memory', format: formatBytes, lines: [['resident', ({ rssBytes }) => rssBytes]], leastTop: 1e8 },
];

function NodeCharts({ history, onRange }: { history: History; onRange: (from: number, to: number) => void }) {
  const { columns, from, to } = history;
  const at = useMemo(() => columns.map((column) => column.at), [columns]);
  const marks = useMemo(
    (): LineMark[] => history.marks.map((mark) => ({ at: mark.at, text: mark.text })),
    [history],
  );
  const charts = useMemo(
    () =>
      plans.map(({ lines, ...plan }) => ({
        ...plan,
        series: lines.map(([name, pick], i) => ({
          name,
          token: `--line-${i + 1}`,
          values: columns.map(pick),
          area: lines.length === 1,
        })),
      })),
    [columns],
  );
  return (
    <div className="node-charts">
      {charts.map((chart) => (
        <LineChart
          key={chart.title}
          {...chart}
          {...{ at, from, to, marks, onRange }}
          heightPx={130}
          syncKey="node"
        />
      ))}
    </div>
  );
}
