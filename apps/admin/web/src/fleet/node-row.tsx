import type { NodeView } from '@tributary/protocol/admin-api';
import { Link } from 'wouter';
import { formatCount, formatMs, formatRate } from '../format.ts';
import { useNodes } from '../live/context.ts';
import { BandBar } from '../parts/band-bar.tsx';
import { State } from '../parts/glyph.tsx';
import { Panel } from '../parts/panel.tsx';
import { Empty } from '../parts/states.tsx';
import { visible } from '../parts/safe-text.ts';

const most = 12;

/** Where a node's own page is: all incarnations of one id. */
export const nodePath = (id: string): string => `/nodes/${encodeURIComponent(id)}`;

/** The nodes in brief: if one differs the node is at fault, if all dip together it is the network or Redis. */
export function NodeRow() {
  const nodes = useNodes() ?? [];
  return (
    <Panel title="Nodes" actions={<Link href="/nodes">Compare</Link>}>
      {nodes.length === 0 && <Empty title="No gateway node is listed" />}
      <ul className="node-row">
        {nodes.slice(0, most).map((node) => (
          <NodeCard key={node.node} node={node} />
        ))}
      </ul>
    </Panel>
  );
}

function NodeCard({ node }: { node: NodeView }) {
  const { figures, quality } = node;
  return (
    <li>
      <Link href={nodePath(node.id)} className="node-card">
        <span className="node-card-head">
          <b>{visible(node.id)}</b>
          <State state={node.state} />
        </span>
        {quality === null ? <span className="band-bar" /> : <BandBar bands={quality.bands} label={node.id} />}
        <span className="node-card-figures">
          <span>{figures === null ? '–' : formatCount(figures.connections)} connected</span>
          <span>{figures === null ? '–' : formatRate(figures.messagesIn)} /s</span>
          <span>p95 {quality?.rttP95 === null || quality === null ? '–' : formatMs(quality.rttP95)}</span>
        </span>
      </Link>
    </li>
  );
}
