import { Link, useLocation } from 'wouter';
import type { NodeView } from '@tributary/protocol/admin-api';
import { StripPlot } from '../charts/strip-plot.tsx';
import type { StripView } from '../charts/quality-strip.tsx';
import { TimeAxis } from '../charts/time-axis.tsx';
import { filterPath } from '../device/device-words.ts';
import { useFleetHistory } from '../fleet/use-history.ts';
import { nodePath } from '../fleet/node-row.tsx';
import { formatMs } from '../format.ts';
import { visible } from '../parts/safe-text.ts';
import { Answer } from '../parts/states.tsx';
import { fixedRange } from '../range/range.ts';
import { useRange } from '../range/use-range.ts';
import { NodeStateWords } from './node-facts.tsx';

const heightPx = 74;

/**
 * One of the small multiples: the same strip on the same scales for each node, with one crosshair through all. If one
 * differs the node is at fault; if all dip together it is the network or Redis.
 */
export function NodeStrip({
  node,
  view,
  marked,
  onMark,
}: {
  node: NodeView;
  view: StripView;
  marked: number | undefined;
  onMark: (column: number | undefined) => void;
}) {
  const [range, setRange] = useRange();
  const [, navigate] = useLocation();
  const history = useFleetHistory(range, node.id);
  const { quality } = node;
  return (
    <section className="panel node-strip" aria-label={visible(node.id)}>
      <header className="panel-head">
        <h2>
          <Link href={nodePath(node.id)}>{visible(node.id)}</Link>
        </h2>
        <NodeStateWords node={node} />
        <span className="panel-note panel-actions">
          p50 <b>{rtt(quality?.rttP50)}</b> · p95 <b>{rtt(quality?.rttP95)}</b>
        </span>
      </header>
      <Answer query={history} what="The history could not be read:" skeleton={[heightPx]}>
        {(data) => (
          <div>
            <StripPlot
              what={`Quality of devices at ${visible(node.id)}`}
              history={data}
              mode={view.mode}
              isZoomed={view.isZoomed}
              marked={marked}
              onMark={onMark}
              onRange={(from, to) => setRange(fixedRange(from, to))}
              onBand={(band) =>
                navigate(`${filterPath('node', node.id)}${encodeURIComponent(` band:${band}`)}&sort=score`)
              }
              heightPx={heightPx}
            />
            <TimeAxis from={data.from} to={data.to} most={4} />
          </div>
        )}
      </Answer>
    </section>
  );
}

const rtt = (ms: number | null | undefined): string => (ms === null || ms === undefined ? '–' : formatMs(ms));
