import type { DeviceRow } from '@tributary/protocol/admin-api';
import type { ReactNode } from 'react';
import { formatCount, formatProtocol, formatRate } from '../format.ts';
import { Age, Moment } from '../parts/age.tsx';
import { State } from '../parts/glyph.tsx';

export interface Column {
  name: string;
  title: string;
  sortKey?: 'id' | 'rate' | 'messages' | 'lastSeen' | 'connectedAt';
  isNumber?: boolean;
  /** Device names and all else are text to React: nothing in them is ever markup. */
  cell: (row: DeviceRow) => ReactNode;
}

const orDash = (text: string): ReactNode => (text === '' ? <span className="faint">–</span> : text);
const nodeId = (node: string): string => node.slice(0, node.lastIndexOf('.')) || node;

export const columns: readonly Column[] = [
  {
    name: 'id',
    title: 'Device',
    sortKey: 'id',
    cell: (row) => (
      <bdi className="id" title={row.id}>
        {row.id}
      </bdi>
    ),
  },
  { name: 'state', title: 'State', cell: (row) => <State state={row.state} reason={row.reason} /> },
  {
    name: 'rate',
    title: 'Messages/s',
    sortKey: 'rate',
    isNumber: true,
    cell: (row) =>
      row.state === 'connected' && row.rate > 0 ? (
        formatRate(row.rate)
      ) : (
        <span className="faint">{row.state === 'unknown' ? '–' : '0'}</span>
      ),
  },
  {
    name: 'messages',
    title: 'Messages',
    sortKey: 'messages',
    isNumber: true,
    cell: (row) => formatCount(row.messages),
  },
  {
    name: 'lastSeen',
    title: 'Last heard',
    sortKey: 'lastSeen',
    isNumber: true,
    cell: (row) => <Age at={row.lastSeen} />,
  },
  {
    name: 'connectedAt',
    title: 'Connected since',
    sortKey: 'connectedAt',
    isNumber: true,
    cell: (row) =>
      row.state === 'offline' ? <span className="faint">–</span> : <Moment at={row.connectedAt} />,
  },
  {
    name: 'protocol',
    title: 'Protocol',
    cell: (row) => (
      <>
        {orDash(formatProtocol(row.protocol))}
        {row.transport !== '' && row.protocol !== 'tributary.v1' && (
          <small>{transportWords[row.transport] ?? row.transport}</small>
        )}
      </>
    ),
  },
  { name: 'node', title: 'Node', cell: (row) => <span title={row.node}>{orDash(nodeId(row.node))}</span> },
  { name: 'address', title: 'Address', cell: (row) => orDash(row.address) },
];

const transportWords: Record<string, string> = { tcp: 'TCP', ws: 'WS' };
