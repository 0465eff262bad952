import type { ReactNode } from 'react';
import { formatAgo, formatMoment } from '../format.ts';
import { useConnection, useFleet, useLive, useServerNow } from '../live/context.ts';
import { openLayer } from '../parts/layers.ts';
import { useSession } from '../session/session.ts';

/** What makes the page less than the truth, in one line at the top: no feed, no Redis, another build. */
export function Banner() {
  const { status, isOutdated } = useConnection();
  const fleet = useFleet();
  const { hasFirstPassword } = useSession();
  if (status === 'lost') return <LostBar />;
  if (fleet?.redis.state === 'down') return <RedisBar asOf={fleet.redis.asOf} />;
  if (isOutdated) {
    return (
      <Bar kind="note" action={reload}>
        <strong>New version.</strong> The server was updated; this page is of an older version.
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
  if (hasFirstPassword) {
    return (
      <Bar kind="note" action={{ label: 'Change password', run: () => openLayer('password') }}>
        <strong>You still have the password you were given.</strong> Somebody else has seen it; choose one of
        your own.
      </Bar>
    );
  }
  return null;
}

const reload = { label: 'Reload', run: () => location.reload() };

/** A server of another version may say what this page cannot read: then only reloading helps. */
function LostBar() {
  const { heardAt, isOutdated } = useConnection();
  const { store, retryNow } = useLive();
  useServerNow();
  const now = store.serverNow();
  const isKnown = heardAt > 0;
  return (
    <Bar kind="lost" action={isOutdated ? reload : { label: 'Retry now', run: retryNow }}>
      <strong>Live feed lost{isKnown ? ` ${formatAgo(now - heardAt)}` : ''}</strong>
      {isKnown ? `, showing ${formatMoment(heardAt, now)}` : ''}.{' '}
      {isOutdated ? 'The server was updated; this page is of an older version.' : 'Reconnecting by itself.'}
    </Bar>
  );
}

function RedisBar({ asOf }: { asOf: number }) {
  const { store } = useLive();
  useServerNow();
  const now = store.serverNow();
  return (
    <Bar kind="lost">
      <strong>Redis does not answer.</strong>{' '}
      {asOf === 0
        ? 'It has not answered since the admin started.'
        : `Showing what was known at ${formatMoment(asOf, now)}, ${formatAgo(now - asOf)}.`}
    </Bar>
  );
}

function Bar({
  kind,
  action,
  children,
}: {
  kind: 'lost' | 'note';
  action?: { label: string; run: () => void };
  children: ReactNode;
}) {
  return (
    <div className="banner" data-kind={kind} role="status">
      <p>{children}</p>
      {action !== undefined && (
        <button type="button" onClick={action.run}>
          {action.label}
        </button>
      )}
    </div>
  );
}
