import type { Fleet, Streams } from '@tributary/protocol/admin-api';
import type { ReactNode } from 'react';
import { formatAgo, formatBytes, formatCount, formatRate, formatSpan } from '../format.ts';
import { useServerNow } from '../live/context.ts';
import { Text } from '../parts/text.tsx';
import { slowestGroup } from './stream-sums.ts';

/** The way of a message on one line: socket → queue → stream → consumer. */
export function Pipeline({
  streams,
  fleet,
  group: name,
}: {
  streams: Streams;
  fleet: Fleet | undefined;
  group: string | undefined;
}) {
  const now = useServerNow();
  const group = slowestGroup(streams.groups, name);
  const { queued, redis, sums } = streams;
  return (
    <ol className="pipeline" aria-label="The way of a message">
      <Stage
        title="Sockets"
        figure={fleet === undefined ? '–' : formatCount(fleet.devices.connected)}
        unit="connected"
      >
        {fleet === undefined ? '' : `${formatRate(fleet.rates.messagesIn)} messages/s come in`}
      </Stage>
      <Stage
        title="Queue"
        figure={formatCount(queued.messages)}
        unit="wait for Redis"
        isTrouble={queued.messages > 0 && fleet?.redis.state === 'down'}
      >
        {formatBytes(queued.bytes)} in the nodes, not acknowledged
      </Stage>
      <Stage title="Streams" figure={formatCount(sums.length)} unit="entries">
        {sums.oldestAt === null ? 'empty' : `oldest ${formatAgo(now - sums.oldestAt)}`}
        {redis !== null && ` · Redis ${formatBytes(redis.usedMemoryBytes)}`}
      </Stage>
      <Stage
        title="Consumers"
        figure={group === undefined ? '–' : group.lag === null ? 'not known' : formatCount(group.lag)}
        unit={group === undefined ? 'nobody reads' : 'not read yet'}
        isTrouble={group !== undefined && group.consumers === 0}
      >
        {group === undefined ? (
          'no consumer group'
        ) : (
          <>
            <Text text={group.name} most={40} />, {formatCount(group.pending)} pending
            {group.oldestPendingAt !== null && `, oldest ${formatSpan(now - group.oldestPendingAt)}`}
          </>
        )}
      </Stage>
    </ol>
  );
}

function Stage({
  title,
  figure,
  unit,
  isTrouble = false,
  children,
}: {
  title: string;
  figure: string;
  unit: string;
  isTrouble?: boolean;
  children: ReactNode;
}) {
  return (
    <li data-trouble={isTrouble}>
      <h2>{title}</h2>
      <p className="pipeline-figure">
        {isTrouble && <span aria-label="trouble">◆ </span>}
        {figure} <small>{unit}</small>
      </p>
      <p className="quiet">{children}</p>
    </li>
  );
}
