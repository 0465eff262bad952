import { Link } from 'wouter';
import { formatCount, formatRate } from '../format.ts';
import { useNodes } from '../live/context.ts';
import { State } from '../parts/glyph.tsx';

const most = 6;

/** The nodes in brief; the full table is a page of its own. */
export function NodeStrip() {
  const nodes = useNodes() ?? [];
  return (
    <section className="panel" aria-label="Nodes in brief">
      <h2>Nodes</h2>
      {nodes.length === 0 && <p className="quiet">No gateway node is listed.</p>}
      <ul className="node-list">
        {nodes.length > 0 && (
          <li className="head" aria-hidden="true">
            <span>Node</span>
            <span>State</span>
            <span>Connections</span>
            <span>Received</span>
          </li>
        )}
        {nodes.slice(0, most).map((node) => (
          <li key={node.node}>
            <b>{node.id}</b>
            <State state={node.state} />
            <span title="connections">
              {node.figures === null ? '–' : formatCount(node.figures.connections)}
            </span>
            <span>{node.figures === null ? '–' : `${formatRate(node.figures.messagesIn)} /s`}</span>
          </li>
        ))}
      </ul>
      {nodes.length > most && <Link href="/nodes">All {nodes.length} nodes</Link>}
    </section>
  );
}
