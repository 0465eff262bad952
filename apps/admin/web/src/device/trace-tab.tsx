import { traceListSchema } from '@tributary/protocol/admin-api';
import { useState } from 'react';
import { StartTraceDialog } from '../actions/start-trace.tsx';
import { useApi } from '../api/query.ts';
import { Empty } from '../parts/states.tsx';
import { useParam } from '../range/params.ts';
import { Needs } from '../session/needs.tsx';
import { TraceView } from '../traces/trace-view.tsx';

/** The trace that runs, or ran last, of this device. */
export function TraceTab({ id }: { id: string }) {
  const [chosen, choose] = useParam('trace');
  const [isStarting, setStarting] = useState(false);
  const { data } = useApi('/traces', traceListSchema, { everyMs: 10_000 });
  const own = data?.items.filter(({ device }) => device === id) ?? [];
  const trace = chosen ?? (own.find(({ state }) => state === 'running') ?? own[0])?.id;
  if (trace !== undefined) return <TraceView id={trace} />;
  return (
    <>
      <Empty title="This device is not traced">
        <Needs role="operator">
          <button type="button" className="primary" onClick={() => setStarting(true)}>
            Start a trace
          </button>
        </Needs>
      </Empty>
      {isStarting && <StartTraceDialog device={id} onClose={() => setStarting(false)} onStarted={choose} />}
    </>
  );
}
