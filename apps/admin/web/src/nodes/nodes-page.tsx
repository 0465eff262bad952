import type { NodeView } from '@tributary/protocol/admin-api';
import { useState } from 'react';
import { Link } from 'wouter';
import { StripSwitches, useStripView } from '../charts/quality-strip.tsx';
import { nodePath } from '../fleet/node-row.tsx';
import { useFleetHistory } from '../fleet/use-history.ts';
import { useNodes } from '../live/context.ts';
import { PageHead } from '../parts/panel.tsx';
import { visible } from '../parts/safe-text.ts';
import { Empty, Skeleton } from '../parts/states.tsx';
import { RangePicker } from '../range/range-picker.tsx';
import { useRange } from '../range/use-range.ts';
import { useShortcut } from '../shell/shortcuts.ts';
import { nodeFacts, NodeStateWords } from './node-facts.tsx';
import './nodes.css';
import { NodeStrip } from './node-strip.tsx';

/** Strips beyond this many are no comparison any more; the table has all. */
const mostStrips = 24;

/** Every gateway node: side by side over time, and what each reports at this moment. */
export function NodesPage() {
  const nodes = useNodes();
  return (
    <div className="page nodes-page">
      <PageHead title="Nodes" {...(nodes !== undefined && nodes.length > 0 && { count: nodes.length })}>
        <RangePicker />
      </PageHead>
      {nodes === undefined && <Skeleton heights={[140, 220]} />}
      {nodes?.length === 0 && (
        <Empty title="No gateway node is listed">
          None has used this Redis and namespace yet, or all have left. A node appears here as soon as it
          starts.
        </Empty>
      )}
      {nodes !== undefined && nodes.length > 0 && (
        <>
          <Strips nodes={nodes} />
          <NodeTable nodes={nodes} />
        </>
      )}
    </div>
  );
}

function Strips({ nodes }: { nodes: readonly NodeView[] }) {
  const [range] = useRange();
  const [marked, setMarked] = useState<number>();
  // All strips have the scale that suits the whole fleet: otherwise they could not be compared.
  const view = useStripView(useFleetHistory(range).data);
  useShortcut('z', 'Zoom to the worst 10 %', view.toggleZoom);
  useShortcut('m', 'Density of scores', view.toggleMode);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return (
    <section className="strips" aria-label="Quality of the devices of each node">
      <header className="strips-head">
        <h2>Quality of the devices of each node</h2>
        <span className="panel-note">
          {view.mode === 'density' ? 'scores 0 to 100' : view.isZoomed ? 'the worst 10 %' : 'all devices'},
          same scale
        </span>
        <div className="panel-actions">
          <StripSwitches view={view} />
        </div>
      </header>
      <div className="strips-grid">
        {[...byId.values()].slice(0, mostStrips).map((node) => (
          <NodeStrip key={node.id} node={node} view={view} marked={marked} onMark={setMarked} />
        ))}
      </div>
    </section>
  );
}

function NodeTable({ nodes }: { nodes: readonly NodeView[] }) {
  return (
    <div className="table-box live" tabIndex={0} role="region" aria-label="Nodes now">
      <table className="plain nodes">
        <thead>
          <tr>
            <th scope="col">Node</th>
            <th scope="col">State</th>
            {nodeFacts.map(({ name, isNumber, tip }) => (
              <th key={name} scope="col" className={isNumber ? 'number' : undefined} data-tip={tip}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {nodes.map((node) => (
            <tr key={node.node} data-state={node.state}>
              <td data-tip={`${visible(node.node)}, process ${node.pid} on ${visible(node.host)}`}>
                <Link href={nodePath(node.id)}>
                  <b>{visible(node.id)}</b>
                </Link>{' '}
                <small className="faint">{visible(node.host)}</small>
              </td>
              <td>
                <NodeStateWords node={node} />
              </td>
              {nodeFacts.map(({ name, isNumber, show }) => (
                <td key={name} className={isNumber ? 'number' : undefined}>
                  {show(node)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
