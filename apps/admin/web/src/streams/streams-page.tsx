import type { PartitionView, Streams } from '@tributary/protocol/admin-api';
import { useState } from 'react';
import { formatBytes, formatCount, formatRate, formatSpan } from '../format.ts';
import { useFleet, useServerNow, useStreams } from '../live/context.ts';
import { PageHead, Panel } from '../parts/panel.tsx';
import { PlainTable } from '../parts/plain-table.tsx';
import { Empty, Skeleton } from '../parts/states.tsx';
import { Text } from '../parts/text.tsx';
import { useParam } from '../range/params.ts';
import { PendingDialog } from './pending-dialog.tsx';
import { Pipeline } from './pipeline.tsx';
import { behindOf } from './stream-sums.ts';
import './streams.css';

/** From the socket to the consumer: what waits where, by consumer group and by partition. */
export function StreamsPage() {
  const streams = useStreams();
  const fleet = useFleet();
  const [group, setGroup] = useParam('group');
  if (streams === undefined) {
    return (
      <div className="page">
        <PageHead title="Streams" />
        <Skeleton heights={[120, 180, 320]} />
      </div>
    );
  }
  if (streams.partitions.length === 0) {
    return (
      <div className="page">
        <PageHead title="Streams" />
        <Empty title="No streams yet">The first gateway that starts in this namespace makes them.</Empty>
      </div>
    );
  }
  return (
    <div className="page">
      <PageHead title="Streams" count={formatCount(streams.total)} />
      <Pipeline streams={streams} fleet={fleet} group={group} />
      <Groups streams={streams} chosen={group} onChoose={setGroup} />
      <Partitions streams={streams} group={group} />
    </div>
  );
}

function Groups({
  streams,
  chosen,
  onChoose,
}: {
  streams: Streams;
  chosen: string | undefined;
  onChoose: (group: string | undefined) => void;
}) {
  const now = useServerNow();
  if (streams.groups.length === 0) {
    return (
      <Panel title="Consumer groups">
        <Empty title="Nobody reads the streams">
          A backend makes its group with XGROUP CREATE; until then the oldest entries go when a stream is
          full.
        </Empty>
      </Panel>
    );
  }
  return (
    <Panel title="Consumer groups" note="over all partitions">
      <PlainTable
        heads={[
          'Group',
          { number: 'Not read yet' },
          { number: 'Read, not acknowledged' },
          { number: 'Oldest of those' },
          { number: 'Consumers' },
          { number: 'Partitions' },
        ]}
        region="Consumer groups"
      >
        {streams.groups.map((group) => (
          <tr key={group.name} aria-current={group.name === chosen}>
            <td>
              <button
                type="button"
                className="link"
                aria-pressed={group.name === chosen}
                data-tip="Follow this group through the partitions"
                onClick={() => onChoose(group.name === chosen ? undefined : group.name)}
              >
                <Text text={group.name} most={60} />
              </button>
            </td>
            <td className="number">{group.lag === null ? 'not known' : formatCount(group.lag)}</td>
            <td className="number">{formatCount(group.pending)}</td>
            <td className="number">{ageOf(group.oldestPendingAt, now)}</td>
            <td className="number" data-wrong={group.consumers === 0}>
              {group.consumers === 0 ? 'none' : group.consumers}
            </td>
            <td className="number">
              {group.partitions === streams.total ? 'all' : `${group.partitions} of ${streams.total}`}
            </td>
          </tr>
        ))}
      </PlainTable>
    </Panel>
  );
}

function Partitions({ streams, group }: { streams: Streams; group: string | undefined }) {
  const [opened, setOpened] = useState<{ partition: number; group: string }>();
  const { sums, partitions, total } = streams;
  const listed =
    partitions.length < total ? `; the ${formatCount(partitions.length)} furthest behind are listed` : '';
  return (
    <Panel
      title="Partitions"
      note={`${formatCount(sums.length)} entries, ${formatBytes(sums.bytes)}${listed}`}
    >
      <PlainTable
        heads={[
          { number: 'Partition' },
          { number: 'Devices' },
          { number: 'In' },
          { number: 'Length' },
          { hidden: 'How full' },
          { number: 'Oldest' },
          { number: 'Memory' },
          group === undefined ? 'Furthest behind' : `Group ${group}`,
        ]}
        className="partitions"
        region="Partitions"
      >
        {streams.partitions.map((partition) => (
          <PartitionRow
            key={partition.partition}
            view={partition}
            maxLength={streams.maxLength}
            group={group}
            onOpen={(name) => setOpened({ partition: partition.partition, group: name })}
          />
        ))}
      </PlainTable>
      {opened !== undefined && <PendingDialog {...opened} onClose={() => setOpened(undefined)} />}
    </Panel>
  );
}

function PartitionRow({
  view,
  maxLength,
  group,
  onOpen,
}: {
  view: PartitionView;
  maxLength: number | null;
  group: string | undefined;
  onOpen: (group: string) => void;
}) {
  const now = useServerNow();
  const behind = behindOf(view, group);
  return (
    <tr>
      <td className="number">{view.partition}</td>
      <td className="number">{formatCount(view.devices)}</td>
      <td className="number">{view.rate === null ? '–' : `${formatRate(view.rate)} /s`}</td>
      <td className="number">{formatCount(view.length)}</td>
      <td>
        {maxLength !== null && (
          <meter
            min={0}
            max={maxLength}
            high={maxLength * 0.9}
            value={view.length}
            aria-label={`${Math.round((view.length / maxLength) * 100)} % of the length at which the oldest go`}
          />
        )}
      </td>
      <td className="number">{ageOf(view.oldestAt, now)}</td>
      <td className="number">{view.bytes === null ? '–' : formatBytes(view.bytes)}</td>
      <td>
        {behind === undefined ? (
          <span className="faint">nobody</span>
        ) : (
          <>
            <Text text={behind.name} most={40} /> {behind.lag === null ? '? ' : formatCount(behind.lag)}{' '}
            behind
            {behind.pending > 0 && (
              <button type="button" className="link" onClick={() => onOpen(behind.name)}>
                {formatCount(behind.pending)} pending
              </button>
            )}
          </>
        )}
      </td>
    </tr>
  );
}

const ageOf = (at: number | null, now: number): string => (at === null ? '–' : formatSpan(now - at));
