import type { NodeView } from '@tributary/protocol/admin-api';
import type { ReactNode } from 'react';
import { formatBytes, formatCount, formatMs, formatRate, formatSpan } from '../format.ts';
import { useNodes } from '../live/context.ts';
import { Moment } from '../parts/age.tsx';
import { State } from '../parts/glyph.tsx';

type Figures = NonNullable<NodeView['figures']>;

/** Every gateway node and what it reports, each second. */
export function NodesPage() {
  const nodes = useNodes();
  return (
    <div className="page">
      <h1>
        Nodes {nodes !== undefined && nodes.length > 0 && <span className="count">{nodes.length}</span>}
      </h1>
      {nodes?.length === 0 && <p className="quiet">No gateway node is listed in this Redis and namespace.</p>}
      {nodes !== undefined && nodes.length > 0 && (
        <div className="scroll-x" tabIndex={0} role="region" aria-label="Nodes">
          <table className="nodes">
            <thead>
              <tr>
                <th>Node</th>
                <th>State</th>
                <th className="number">Connections</th>
                <th className="number">Received</th>
                <th className="number">Stored</th>
                <th className="number">Waiting</th>
                <th className="number">Loop delay</th>
                <th className="number">Redis</th>
                <th className="number">Memory</th>
                <th>Durability</th>
                <th>Listeners</th>
                <th>Up since</th>
              </tr>
            </thead>
            <tbody>
              {nodes.map((node) => (
                <NodeLine key={node.node} node={node} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

function NodeLine({ node }: { node: NodeView }) {
  const cell = (show: (figures: Figures) => ReactNode) => (
    <td className="number">
      {node.figures === null ? <span className="faint">–</span> : show(node.figures)}
    </td>
  );
  return (
    <tr data-state={node.state}>
      <td title={`${node.node} · process ${node.pid} on ${node.host}`}>
        <b>{node.id}</b>
        <small>
          {node.host} · {node.version}
        </small>
      </td>
      <td>
        <State
          state={node.state}
          {...(node.silentMs > 0 && { reason: `for ${formatSpan(node.silentMs)}` })}
        />
      </td>
      {cell((figures) => formatCount(figures.connections))}
      {cell((figures) => `${formatRate(figures.messagesIn)} /s`)}
      {cell((figures) => (figures.storeUp ? `${formatRate(figures.stored)} /s` : 'no Redis'))}
      {cell((figures) => formatBytes(figures.queuedBytes))}
      {cell((figures) => formatMs(figures.loopDelayMs))}
      {cell((figures) => formatMs(figures.redisLatencyMs))}
      {cell((figures) => formatBytes(figures.rssBytes))}
      <td title={durabilityWords[node.durability]}>{node.durability === '' ? '–' : node.durability}</td>
      <td>
        {node.listeners.map((listener) => (
          <small key={listener.name}>
            {listener.protocol}{' '}
            <span>
              {listener.address}:{listener.port}
            </span>
          </small>
        ))}
      </td>
      <td>
        <Moment at={node.startedAt} />
      </td>
    </tr>
  );
}

/** What a stored message survives; see "Stored before acknowledged" in the architecture. */
const durabilityWords: Record<string, string> = {
  always: 'Redis writes to disk before it replies',
  everysec: 'a crash of Redis may lose up to two seconds',
  no: 'the operating system decides when Redis writes to disk',
  none: 'Redis keeps messages in memory only',
};
