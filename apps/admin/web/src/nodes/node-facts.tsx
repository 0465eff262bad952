import type { NodeView } from '@tributary/protocol/admin-api';
import type { ReactNode } from 'react';
import { formatBytes, formatCount, formatLength, formatMs, formatRate } from '../format.ts';
import { Moment } from '../parts/age.tsx';
import { State } from '../parts/glyph.tsx';
import { visible } from '../parts/safe-text.ts';
import { ConfigBadge } from './config-badge.tsx';
import { OverloadBadge } from './overload-badge.tsx';

type Figures = NonNullable<NodeView['figures']>;

/** What a stored message survives; see "Stored before acknowledged" in the architecture. */
const durabilityWords: Record<string, string> = {
  always: 'Redis writes to disk before it replies',
  everysec: 'a crash of Redis may lose up to two seconds',
  no: 'the operating system decides when Redis writes to disk',
  none: 'Redis keeps messages in memory only',
};

export interface NodeFact {
  name: string;
  tip?: string;
  isNumber: boolean;
  show: (node: NodeView) => ReactNode;
}

const none = <span className="faint">–</span>;

/** A figure of a node that reports; a silent one has none, rather than old ones. */
const figure = (name: string, show: (figures: Figures) => ReactNode, tip?: string): NodeFact => ({
  name,
  isNumber: true,
  ...(tip !== undefined && { tip }),
  show: ({ figures }) => (figures === null ? none : show(figures)),
});

const roundTrip = (
  name: string,
  pick: (quality: NonNullable<NodeView['quality']>) => number | null,
): NodeFact => ({
  name,
  tip: 'Round trip between this node and its devices',
  isNumber: true,
  show: ({ quality }) => {
    const value = quality === null ? null : pick(quality);
    return value === null ? none : formatMs(value);
  },
});

/** What is told of a node, in the order of the table. */
export const nodeFacts: readonly NodeFact[] = [
  figure('Connections', ({ connections }) => formatCount(connections)),
  figure('Received', ({ messagesIn }) => `${formatRate(messagesIn)} /s`),
  figure('Stored', ({ stored, storeUp }) => (storeUp ? `${formatRate(stored)} /s` : 'no Redis')),
  roundTrip('RTT p50', ({ rttP50 }) => rttP50),
  roundTrip('RTT p95', ({ rttP95 }) => rttP95),
  figure('Loop delay', ({ loopDelayMs }) => formatMs(loopDelayMs), 'How late the event loop is'),
  figure('Queue', ({ queuedBytes }) => formatBytes(queuedBytes), 'Bytes in memory that wait for Redis'),
  figure('Redis RTT', ({ redisLatencyMs }) => formatMs(redisLatencyMs)),
  figure('Memory', ({ rssBytes }) => formatBytes(rssBytes)),
  {
    name: 'Durability',
    isNumber: false,
    show: ({ durability, figures }) => (
      <>
        <span data-tip={durabilityWords[durability]}>{durability === '' ? '–' : visible(durability)}</span>
        {figures !== null && figures.unsafeDevices > 0 && <UnsafeBadge devices={figures.unsafeDevices} />}
      </>
    ),
  },
  { name: 'Version', isNumber: false, show: ({ version }) => visible(version) },
  { name: 'Up since', isNumber: false, show: ({ startedAt }) => <Moment at={startedAt} /> },
];

/** Devices whose messages may be lost though they were acknowledged. */
function UnsafeBadge({ devices }: { devices: number }) {
  return (
    <span
      className="unsafe-badge"
      data-tip="Their messages are acknowledged before they are stored (classes.acknowledge: received): a crash of the node loses some"
    >
      {formatCount(devices)} {devices === 1 ? 'device' : 'devices'} acknowledged before storing
    </span>
  );
}

/** A node's state, for how long it has been silent, what it does when it is overloaded, and what is not in force. */
export function NodeStateWords({ node }: { node: NodeView }) {
  return (
    <>
      <State
        state={node.state}
        {...(node.silentMs > 0 && { reason: `for ${formatLength(node.silentMs)}` })}
      />
      <OverloadBadge node={node} />
      <ConfigBadge node={node} />
    </>
  );
}
