import type { Fleet } from '@tributary/protocol/admin-api';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { formatBytes, formatCount, formatRate } from '../format.ts';

/** The four numbers an operator looks at first. */
export function Figures({ fleet }: { fleet: Fleet }) {
  const { devices, nodes, rates } = fleet;
  const gap = rates.messagesIn - rates.stored;
  return (
    <section className="figures" aria-label="The fleet now">
      <Figure href="/devices?state=connected" label="Connected" value={formatCount(devices.connected)}>
        of {formatCount(devices.total)} known
      </Figure>
      <Figure label="Received" value={formatRate(rates.messagesIn)} unit="/s">
        {formatBytes(rates.bytesIn)} per second
      </Figure>
      <Figure label="Stored" value={formatRate(rates.stored)} unit="/s">
        {gap > Math.max(5, rates.messagesIn * 0.05) ? `${formatRate(gap)} /s behind` : 'keeping up'}
      </Figure>
      <Figure href="/nodes" label="Nodes" value={formatCount(nodes.total)}>
        {nodeWords(nodes)}
      </Figure>
    </section>
  );
}

function nodeWords({ total, ready, silent }: Fleet['nodes']): string {
  if (total === 0) return 'none running';
  if (silent > 0) return `${silent} silent`;
  return ready === total ? (total === 1 ? 'ready' : 'all ready') : `${ready} ready`;
}

function Figure(props: { label: string; value: string; unit?: string; href?: string; children: ReactNode }) {
  const { label, value, unit, href, children } = props;
  return (
    <div className="figure">
      <h2>{href === undefined ? label : <Link href={href}>{label}</Link>}</h2>
      <p>
        <b>{value}</b>
        {unit !== undefined && <span>{unit}</span>}
      </p>
      <small>{children}</small>
    </div>
  );
}
