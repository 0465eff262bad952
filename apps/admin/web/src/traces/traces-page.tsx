import { traceListSchema, type Trace } from '@tributary/protocol/admin-api';
import { useState } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { StartTraceDialog } from '../actions/start-trace.tsx';
import { useApi } from '../api/query.ts';
import { formatCount, formatLength } from '../format.ts';
import { useServerNow } from '../live/context.ts';
import { Moment } from '../parts/age.tsx';
import { PageHead } from '../parts/panel.tsx';
import { PlainTable } from '../parts/plain-table.tsx';
import { Answer, Empty } from '../parts/states.tsx';
import { Text } from '../parts/text.tsx';
import { Needs } from '../session/needs.tsx';
import { TraceView } from './trace-view.tsx';

/** Running and recent traces; one of them in full. */
export function TracesPage() {
  return (
    <Switch>
      <Route path="/traces/:id">{({ id }) => <OneTrace id={id} />}</Route>
      <Route>
        <TraceList />
      </Route>
    </Switch>
  );
}

function OneTrace({ id }: { id: string }) {
  return (
    <div className="page page-full">
      <PageHead title="Trace">
        <Link href="/traces">All traces</Link>
      </PageHead>
      <TraceView id={id} />
    </div>
  );
}

function TraceList() {
  const [isStarting, setStarting] = useState(false);
  const [, navigate] = useLocation();
  const query = useApi('/traces', traceListSchema, { everyMs: 3000 });
  return (
    <div className="page">
      <PageHead title="Traces">
        <Needs role="operator">
          <button type="button" className="primary" onClick={() => setStarting(true)}>
            Trace…
          </button>
        </Needs>
      </PageHead>
      <p className="quiet">
        A trace shows every packet of a device, or of some that come from an address, for a while; ten may run
        at a time.
      </p>
      <Answer query={query} what="The traces could not be read:" skeleton={[36, 36]}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No trace runs, and none ran lately" />
          ) : (
            <TraceTable items={items} />
          )
        }
      </Answer>
      {isStarting && (
        <StartTraceDialog
          onClose={() => setStarting(false)}
          onStarted={(id) => navigate(`/traces/${encodeURIComponent(id)}`)}
        />
      )}
    </div>
  );
}

function TraceTable({ items }: { items: readonly Trace[] }) {
  const now = useServerNow();
  return (
    <PlainTable
      heads={['Of', 'State', 'Started', 'By', 'Payload', { number: 'Events' }, { number: 'Dropped' }]}
      region="Traces"
    >
      {items.map((trace) => (
        <tr key={trace.id}>
          <td>
            <Link href={`/traces/${encodeURIComponent(trace.id)}`}>
              <Text text={trace.device === '' ? trace.target : trace.device} most={60} className="id" />
            </Link>
          </td>
          <td className="short">
            {trace.state === 'running' ? `● ends in ${formatLength(trace.until - now)}` : trace.state}
          </td>
          <td>
            <Moment at={trace.at} />
          </td>
          <td>{trace.by}</td>
          <td>{trace.payload ? 'yes' : 'no'}</td>
          <td className="number">{formatCount(trace.events)}</td>
          <td className="number">{formatCount(trace.dropped)}</td>
        </tr>
      ))}
    </PlainTable>
  );
}
