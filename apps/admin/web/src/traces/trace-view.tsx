import { traceStartedSchema, type Trace, type TraceEvent } from '@tributary/protocol/admin-api';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Pause, Play, Square } from 'lucide-react';
import { useRef, useState } from 'react';
import { send } from '../api/client.ts';
import { ApiError } from '../api/problem.ts';
import { formatCount, formatLength } from '../format.ts';
import { useServerNow, useTrace } from '../live/context.ts';
import { TextField } from '../parts/field.tsx';
import { notices } from '../parts/notices.ts';
import { Empty, Skeleton } from '../parts/states.tsx';
import { Text } from '../parts/text.tsx';
import { Needs } from '../session/needs.tsx';
import { TraceRow } from './trace-row.tsx';
import { filterEvents, pausedView } from './trace-rows.ts';
import type { PayloadView } from './payload.ts';
import { payloadViews } from './payload.ts';
import './traces.css';

const rowPx = 30;

/** The packets of a trace as they come, newest on top. */
export function TraceView({ id }: { id: string }) {
  const live = useTrace(id);
  const [words, setWords] = useState('');
  const [pausedAt, setPausedAt] = useState<string>();
  const [view, setView] = useState<PayloadView>('auto');
  if (live === undefined) return <Skeleton heights={[40, 300]} />;
  const { trace, events } = live;
  if (trace === null) return <Empty title="No such trace">It ended more than a day ago, or never was.</Empty>;
  const { shown, waiting } = pausedView(events, pausedAt);
  const matching = filterEvents(shown, words);
  return (
    <div className="trace">
      <TraceHead trace={trace} />
      <div className="trace-bar">
        <TextField label="Filter" value={words} onChange={setWords} placeholder="type, topic, …" />
        <label className="field">
          Payload as
          <select value={view} onChange={(event) => setView(event.target.value as PayloadView)}>
            {payloadViews.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        <button
          type="button"
          aria-pressed={pausedAt !== undefined}
          onClick={() => setPausedAt(pausedAt === undefined ? (events[0]?.id ?? '') : undefined)}
        >
          {pausedAt === undefined ? (
            <Pause size={15} aria-hidden="true" />
          ) : (
            <Play size={15} aria-hidden="true" />
          )}
          {pausedAt === undefined ? 'Pause' : `Go on${waiting > 0 ? ` (+${formatCount(waiting)})` : ''}`}
        </button>
        <a className="button" href={`/api/v1/traces/${encodeURIComponent(id)}/export`} download>
          Export NDJSON
        </a>
        <span className="quiet" role="status">
          {formatCount(matching.length)} of {formatCount(trace.events)} events
          {trace.dropped > 0 && `, ${formatCount(trace.dropped)} dropped above the rate`}
        </span>
      </div>
      {matching.length === 0 ? (
        <Empty title={events.length === 0 ? 'Nothing heard yet' : 'No event fits'} />
      ) : (
        <Rows events={matching} trace={trace} view={view} />
      )}
    </div>
  );
}

function TraceHead({ trace }: { trace: Trace }) {
  const now = useServerNow();
  const stop = (): void => {
    send(`/traces/${encodeURIComponent(trace.id)}/stop`, traceStartedSchema).then(
      ({ operation }) => notices.follow(operation.id),
      (error: unknown) =>
        notices.say({
          kind: 'trouble',
          text: `The trace was not stopped: ${error instanceof ApiError ? error.message : String(error)}.`,
        }),
    );
  };
  return (
    <p className="trace-head">
      <Text text={trace.device === '' ? trace.target : trace.device} most={80} className="id" />
      <span>
        {trace.state === 'running'
          ? `● traced by ${trace.by}, ends in ${formatLength(trace.until - now)}`
          : trace.state}
      </span>
      <span className="quiet">{trace.payload ? 'with payload' : 'without payload'}</span>
      {trace.state === 'running' && (
        <Needs role="operator">
          <button type="button" onClick={stop}>
            <Square size={13} aria-hidden="true" /> Stop
          </button>
        </Needs>
      )}
    </p>
  );
}

function Rows({ events, trace, view }: { events: readonly TraceEvent[]; trace: Trace; view: PayloadView }) {
  const scroller = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState<string>();
  const virtualizer = useVirtualizer({
    count: events.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => events[index]!.id,
    overscan: 12,
  });
  return (
    <div className="trace-rows" ref={scroller} tabIndex={0} role="log" aria-live="off" aria-label="Packets">
      <div style={{ blockSize: virtualizer.getTotalSize(), position: 'relative' }}>
        {virtualizer.getVirtualItems().map(({ index, key, start }) => {
          const event = events[index]!;
          return (
            <div
              key={key}
              data-index={index}
              ref={virtualizer.measureElement}
              className="trace-place"
              style={{ transform: `translateY(${start}px)` }}
            >
              <TraceRow
                event={event}
                startedAt={trace.at}
                showsDevice={trace.device === ''}
                view={view}
                isOpen={opened === event.id}
                onOpen={() => setOpened(opened === event.id ? undefined : event.id)}
              />
            </div>
          );
        })}
      </div>
    </div>
  );
}
