import { bandOf, type Fleet, type HistoryPoint } from '@tributary/protocol/admin-api';
import { useMemo, type ReactNode } from 'react';
import { Link } from 'wouter';
import { formatBytes, formatCount, formatRate } from '../format.ts';
import { MiniLine } from '../charts/mini-line.tsx';
import { BandGlyph } from '../parts/band.tsx';
import { changeWords, shareText, thinned } from './figure-words.ts';

/** The numbers an operator looks at first. Never a mean: it hides the few that suffer. */
export function Figures({ fleet, history }: { fleet: Fleet; history: readonly HistoryPoint[] }) {
  const connections = useMemo(() => thinned(history, 1), [history]);
  const received = useMemo(() => thinned(history, 2), [history]);
  const { devices, nodes, quality, rates } = fleet;
  const change = changeWords(quality.goodShare, quality.goodShareYesterday);
  const p5Band = bandOf(quality.p5 ?? undefined);
  return (
    <section className="figures" aria-label="The fleet now">
      <Figure
        label="At 75 or more"
        tip="Share of connected devices with a score of 75 or more"
        href="/devices?q=state%3Aconnected%20cqi%3C75"
        value={shareText(quality.goodShare)}
        unit="%"
      >
        <span data-change={change.kind}>{change.words}</span>
      </Figure>
      <Figure
        label="Worst 5 % below"
        tip="The score that 5 % of the connected devices are below"
        href="/devices?q=state%3Aconnected&sort=score"
        value={quality.p5 === null ? '–' : Math.round(quality.p5).toString()}
      >
        <span className="state">
          <BandGlyph band={p5Band} />
          {p5Band}
        </span>
      </Figure>
      <Figure
        label="Connected"
        href="/devices?q=state%3Aconnected"
        value={formatCount(devices.connected)}
        line={connections}
      >
        of {formatCount(devices.total)} known
      </Figure>
      <Figure label="Unknown" href="/devices?q=state%3Aunknown" value={formatCount(devices.unknown)}>
        {devices.unknown === 0 ? 'every node is heard' : nodeWords(nodes)}
      </Figure>
      <Figure label="Received" value={formatRate(rates.messagesIn)} unit="/s" line={received}>
        {formatBytes(rates.bytesIn)} per second
      </Figure>
      <Figure label="Nodes" href="/nodes" value={formatCount(nodes.total)}>
        {nodeWords(nodes)}
      </Figure>
    </section>
  );
}

function nodeWords({ total, ready, silent }: Fleet['nodes']): string {
  if (total === 0) return 'none running';
  if (silent > 0) return `${silent} of ${total} ${total === 1 ? 'node' : 'nodes'} silent`;
  return ready === total ? (total === 1 ? 'ready' : 'all ready') : `${ready} of ${total} ready`;
}

function Figure({
  label,
  tip,
  value,
  unit,
  href,
  line = [],
  children,
}: {
  label: string;
  tip?: string;
  value: string;
  unit?: string;
  href?: string;
  /** Its last ten minutes. */
  line?: readonly number[];
  children: ReactNode;
}) {
  return (
    <div className="figure">
      <h2 data-tip={tip}>{href === undefined ? label : <Link href={href}>{label}</Link>}</h2>
      <p>
        <b>{value}</b>
        {unit !== undefined && value !== '–' && <span>{unit}</span>}
      </p>
      <small>{children}</small>
      {line.length > 1 && <MiniLine values={line} />}
    </div>
  );
}
