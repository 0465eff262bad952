import type { DeviceRow, DeviceSortKey } from '@tributary/protocol/admin-api';
import type { ReactNode } from 'react';
import { formatCount, formatMs, formatProtocol, formatRate, formatShare } from '../format.ts';
import { Age, Moment } from '../parts/age.tsx';
import { BandBadge } from '../parts/band.tsx';
import { State } from '../parts/glyph.tsx';
import { CauseWord } from '../parts/penalties.tsx';
import { shortened } from '../parts/safe-text.ts';
import { DeviceLink, Text } from '../parts/text.tsx';
import { columnNames, type ColumnName } from './column-names.ts';

export interface Column {
  name: ColumnName;
  title: string;
  tip?: string;
  sortKey?: DeviceSortKey;
  isNumber?: boolean;
  /** A track of the CSS grid. */
  width: string;
  minPx: number;
  /** Device names and all else are text to React: nothing in them is ever markup. */
  cell: (row: DeviceRow) => ReactNode;
}

const none = <span className="faint">–</span>;
const orNone = (text: string): ReactNode => (text === '' ? none : <Text text={text} most={60} />);
const measured = (value: number | null, format: (value: number) => string): ReactNode =>
  value === null ? none : format(value);
/** Zeros recede: what stands out is what is not. */
const counted = (value: number): ReactNode =>
  value === 0 ? <span className="faint">0</span> : formatCount(value);

/** `gw-2` of `gw-2.4f1a`. */
export const nodeId = (node: string): string => node.slice(0, node.lastIndexOf('.')) || node;

const byName: Record<ColumnName, Omit<Column, 'name'>> = {
  id: {
    title: 'Device',
    sortKey: 'id',
    width: 'minmax(150px, 1.5fr)',
    minPx: 150,
    cell: (row) => <DeviceLink id={row.id} />,
  },
  state: {
    title: 'State',
    sortKey: 'state',
    width: 'minmax(122px, 1fr)',
    minPx: 122,
    cell: (row) => <State state={row.state} reason={row.zombie === '' ? row.reason : row.zombie} />,
  },
  cqi: {
    title: 'Quality',
    tip: 'Score from 0 to 100 and its band',
    sortKey: 'score',
    width: '122px',
    minPx: 122,
    cell: (row) => (
      <span
        className="quality-cell"
        data-tip={row.confidence === 'low' ? 'low confidence: little was measured' : undefined}
      >
        <BandBadge band={row.band} score={row.score} />
      </span>
    ),
  },
  cause: {
    title: 'Cause',
    tip: 'What takes most points',
    width: '100px',
    minPx: 100,
    cell: (row) => <CauseWord cause={row.cause} />,
  },
  spark: {
    title: 'Last 10 min',
    tip: 'Score of the last ten minutes',
    width: '96px',
    minPx: 96,
    cell: () => null,
  },
  rtt: {
    title: 'RTT',
    tip: 'Round trip',
    sortKey: 'rtt',
    isNumber: true,
    width: '72px',
    minPx: 72,
    cell: (row) => measured(row.rttMs, formatMs),
  },
  jitter: {
    title: 'Jitter',
    sortKey: 'jitter',
    isNumber: true,
    width: '76px',
    minPx: 76,
    cell: (row) => measured(row.jitterMs, formatMs),
  },
  loss: {
    title: 'Loss',
    tip: 'Segments that were sent again',
    sortKey: 'loss',
    isNumber: true,
    width: '70px',
    minPx: 70,
    cell: (row) => measured(row.lossRatio, formatShare),
  },
  node: {
    title: 'Node',
    sortKey: 'node',
    width: 'minmax(62px, 0.5fr)',
    minPx: 62,
    cell: (row) => orNone(nodeId(row.node)),
  },
  last: {
    title: 'Last heard',
    sortKey: 'lastSeen',
    isNumber: true,
    width: '82px',
    minPx: 82,
    cell: (row) => <Age at={row.lastSeen} />,
  },
  backlog: {
    title: 'Backlog',
    tip: 'Messages that wait for the device',
    sortKey: 'backlog',
    isNumber: true,
    width: '74px',
    minPx: 74,
    cell: (row) => counted(row.backlog),
  },
  flaps: {
    title: 'Flaps',
    tip: 'Unplanned reconnects within the hour',
    sortKey: 'flaps',
    isNumber: true,
    width: '60px',
    minPx: 60,
    cell: (row) => counted(row.flaps),
  },
  rate: {
    title: 'Msg/s',
    sortKey: 'rate',
    isNumber: true,
    width: '78px',
    minPx: 78,
    cell: (row) => (row.state === 'unknown' ? none : row.rate === 0 ? counted(0) : formatRate(row.rate)),
  },
  messages: {
    title: 'Messages',
    sortKey: 'messages',
    isNumber: true,
    width: '96px',
    minPx: 96,
    cell: (row) => counted(row.messages),
  },
  attention: {
    title: 'Attention',
    tip: 'Where to look first: class, points lost and impact, 0 to 1000',
    sortKey: 'attention',
    isNumber: true,
    width: '92px',
    minPx: 92,
    cell: (row) => counted(row.attention),
  },
  class: {
    title: 'Class',
    sortKey: 'class',
    width: '88px',
    minPx: 88,
    cell: (row) => orNone(row.class),
  },
  proto: {
    title: 'Protocol',
    width: 'minmax(128px, 0.6fr)',
    minPx: 128,
    cell: (row) => (
      <>
        {orNone(formatProtocol(row.protocol))}
        {row.transport !== '' && row.protocol !== 'tributary.v1' && (
          <small>{row.transport.toUpperCase()}</small>
        )}
      </>
    ),
  },
  address: {
    title: 'Address',
    width: 'minmax(150px, 0.7fr)',
    minPx: 150,
    cell: (row) => orNone(row.address),
  },
  since: {
    title: 'Connected since',
    sortKey: 'connectedAt',
    isNumber: true,
    width: '128px',
    minPx: 128,
    cell: (row) => (row.state === 'offline' ? none : <Moment at={row.connectedAt} />),
  },
  tags: {
    title: 'Tags',
    width: 'minmax(120px, 1.2fr)',
    minPx: 120,
    cell: (row) => <Tags tags={row.tags} />,
  },
};

/** In the order they stand in the table. */
export const allColumns: readonly Column[] = columnNames.map((name) => ({ name, ...byName[name] }));

export const columnsOf = (names: readonly ColumnName[]): readonly Column[] =>
  allColumns.filter(({ name }) => names.includes(name));

const shownTags = 4;

function Tags({ tags }: { tags: DeviceRow['tags'] }) {
  const all = Object.entries(tags);
  const words = all.map(([name, value]) => `${shortened(name, 40)}: ${shortened(value, 80)}`);
  return (
    <span className="tags" data-tip={words.slice(0, 20).join('\n')}>
      {all.slice(0, shownTags).map(([name, value]) => (
        <span key={name}>
          <bdi className="faint">{shortened(name, 16)}</bdi> <bdi>{shortened(value, 24)}</bdi>
        </span>
      ))}
    </span>
  );
}
