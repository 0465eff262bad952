import { traceListSchema } from '@tributary/protocol/admin-api';
import { Link } from 'wouter';
import { useApi } from '../api/query.ts';
import { formatLength } from '../format.ts';
import { useServerNow } from '../live/context.ts';

/** Says who traces this device and until when: nobody is watched in secret. */
export function TraceBadge({ id }: { id: string }) {
  const now = useServerNow();
  const { data } = useApi('/traces', traceListSchema, { everyMs: 10_000 });
  const running = data?.items.filter(({ device, state }) => device === id && state === 'running') ?? [];
  if (running.length === 0) return null;
  return (
    <p className="device-note" role="status">
      {running.map(({ id: trace, by, until, payload }) => (
        <Link key={trace} href={`/traces/${encodeURIComponent(trace)}`}>
          ● traced by {by}
          {payload && ' with payload'}, for {formatLength(until - now)} more
        </Link>
      ))}
    </p>
  );
}
