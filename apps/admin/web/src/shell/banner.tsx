import type { ReactNode } from 'react';
import { formatMoment, formatSpan } from '../format.ts';
import { useConnection, useFleet, useLive, useServerNow } from '../live/context.ts';

/** What makes the page less than the truth, in one line at the top: no feed, no Redis, another build. */
export function Banner() {
  const connection = useConnection();
  const fleet = useFleet();
  const { store, retryNow } = useLive();
  useServerNow();
  const now = store.serverNow();

  if (connection.status === 'lost') {
    const shown = connection.heardAt === 0 ? '' : `, showing ${formatMoment(connection.heardAt, now)}`;
    const ago = connection.heardAt === 0 ? '' : ` ${formatSpan(now - connection.heardAt)} ago`;
    return (
      <Bar
        kind="lost"
        action={
          <button type="button" onClick={retryNow}>
            Retry now
          </button>
        }
      >
        <strong>Live feed lost{ago}</strong>
        {shown}. Reconnecting by itself.
      </Bar>
    );
  }
  if (connection.isOutdated) {
    return (
      <Bar
        kind="note"
        action={
          <button type="button" onClick={() => location.reload()}>
            Reload
          </button>
        }
      >
        <strong>The server was updated.</strong> This page is of an older version.
      </Bar>
    );
  }
  if (fleet?.redis.state === 'down') {
    const since =
      fleet.redis.asOf === 0
        ? 'It has not answered since the admin started.'
        : `Showing what was known at ${formatMoment(fleet.redis.asOf, now)}, ${formatSpan(now - fleet.redis.asOf)} ago.`;
    return (
      <Bar kind="lost">
        <strong>Redis does not answer.</strong> {since}
      </Bar>
    );
  }
  if (fleet?.devices.isFull === true) {
    return (
      <Bar kind="note">
        <strong>More devices than this server may keep.</strong> The newest are left out; raise
        admin.maxDevices.
      </Bar>
    );
  }
  return null;
}

function Bar({ kind, action, children }: { kind: 'lost' | 'note'; action?: ReactNode; children: ReactNode }) {
  return (
    <div className="banner" data-kind={kind} role="status">
      <p>{children}</p>
      {action}
    </div>
  );
}
