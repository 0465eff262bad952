import type { History } from '@tributary/protocol/admin-api';
import { useMemo } from 'react';
import { LineChart } from '../charts/line-chart.tsx';
import { formatCount, formatRate } from '../format.ts';

interface Props {
  history: History;
  onRange: (from: number, to: number) => void;
}

/** Messages from the devices, and those stored: a gap between the two is a backlog that grows. */
export function Traffic({ history: { columns, from, to }, onRange }: Props) {
  const at = useMemo(() => columns.map((column) => column.at), [columns]);
  const series = useMemo(
    () => [
      { name: 'received', token: '--line-1', values: columns.map((column) => column.messagesIn), area: true },
      { name: 'stored', token: '--line-2', values: columns.map((column) => column.stored), dashed: true },
    ],
    [columns],
  );
  return (
    <LineChart
      title="Messages per second"
      {...{ at, from, to, series, onRange }}
      format={formatRate}
      syncKey="fleet"
      heightPx={140}
    />
  );
}

export function Connections({ history: { columns, from, to }, onRange }: Props) {
  const at = useMemo(() => columns.map((column) => column.at), [columns]);
  const series = useMemo(
    () => [
      {
        name: 'connected',
        token: '--line-1',
        values: columns.map((column) => column.connections),
        area: true,
      },
    ],
    [columns],
  );
  return (
    <LineChart
      title="Connections"
      {...{ at, from, to, series, onRange }}
      format={formatCount}
      syncKey="fleet"
      heightPx={140}
      leastTop={3}
    />
  );
}
