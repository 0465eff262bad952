import { timelineSchema, type TimelineEntry } from '@tributary/protocol/admin-api';
import { useEffect, useRef } from 'react';
import { usePages } from '../api/pages.ts';
import { useDevice } from '../live/context.ts';
import { Moment } from '../parts/age.tsx';
import { Panel } from '../parts/panel.tsx';
import { Empty, ErrorNote, Skeleton } from '../parts/states.tsx';
import { Text } from '../parts/text.tsx';
import { SessionLengths } from './session-lengths.tsx';
import { joinTimeline, kindWords } from './timeline-rows.ts';

/** What happened to the device, newest first: who connected or ended it and why, changes of quality, actions. */
export function TimelineTab({ id }: { id: string }) {
  const path = `/devices/${encodeURIComponent(id)}/timeline?limit=50`;
  const list = usePages(path, timelineSchema);
  const live = useDevice(id);
  useAgainAfter(live?.since, () => void list.refetch());
  const pages = list.data?.pages;
  const rows = joinTimeline(live?.events ?? [], pages?.flatMap(({ items }) => items) ?? []);
  return (
    <>
      {pages?.[0] !== undefined && <SessionLengths sessions={pages[0].sessions} />}
      <Panel title="What happened" note="as it happens, newest first">
        {list.error !== null && (
          <ErrorNote
            what="The timeline could not be read:"
            error={list.error}
            retry={() => void list.refetch()}
          />
        )}
        {pages === undefined && list.error === null && <Skeleton heights={[32, 32, 32]} />}
        {pages !== undefined && rows.length === 0 && <Empty title="Nothing is recorded yet" />}
        <ol className="timeline">
          {rows.map((entry) => (
            <Line key={entry.id} entry={entry} />
          ))}
        </ol>
        {list.hasNextPage && (
          <button type="button" onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
            {list.isFetchingNextPage ? 'One moment…' : 'Earlier'}
          </button>
        )}
      </Panel>
    </>
  );
}

/** Asks again after each further snapshot: while the feed was away, nobody told what happened. */
function useAgainAfter(since: number | undefined, askAgain: () => void): void {
  const known = useRef(since);
  const latest = useRef(askAgain);
  useEffect(() => {
    latest.current = askAgain;
  });
  useEffect(() => {
    if (since === known.current) return;
    known.current = since;
    latest.current();
  }, [since]);
}

function Line({ entry }: { entry: TimelineEntry }) {
  return (
    <li data-kind={entry.kind} data-by={entry.by}>
      <Moment at={entry.at} />
      <span className="timeline-kind">{kindWords[entry.kind]}</span>
      <div>
        <Text text={entry.text} most={300} />
        <small className="quiet">
          {entry.by !== '' && `by ${entry.by} · `}
          {entry.node !== '' && (
            <>
              node <Text text={entry.node} /> ·{' '}
            </>
          )}
          epoch {entry.epoch}
        </small>
      </div>
    </li>
  );
}
