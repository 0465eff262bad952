import { banListSchema, credentialListSchema } from '@tributary/protocol/admin-api';
import { Link } from 'wouter';
import { useApi } from '../api/query.ts';
import { formatLength } from '../format.ts';
import { useServerNow } from '../live/context.ts';
import { Moment } from '../parts/age.tsx';
import { Text } from '../parts/text.tsx';
import { useRights } from '../session/session.ts';

const everyMs = 10_000;

/** Says that a device may not come in, and who said so: the first thing to know of one that is away. For operators. */
export function KeptOut({ id }: { id: string }) {
  const { may } = useRights();
  if (!may('operator')) return null;
  return (
    <>
      <Disabled id={id} />
      <Banned id={id} />
    </>
  );
}

function Disabled({ id }: { id: string }) {
  const { data } = useApi(`/credentials?device=${encodeURIComponent(id)}`, credentialListSchema, { everyMs });
  return data?.disabled.map(({ by, at, reason }) => (
    <p key={at} className="device-note" role="status">
      <Link href="/access?tab=devices">⊘ disabled</Link> by <Text text={by} />, <Moment at={at} />:{' '}
      <Text text={reason} most={160} />
    </p>
  ));
}

/** By its client id; bans of its user and address are not looked for. */
function Banned({ id }: { id: string }) {
  const now = useServerNow();
  const path = `/bans?exactly=${encodeURIComponent(`id:${id}`)}`;
  const { data } = useApi(path, banListSchema, { everyMs });
  const own = data?.items.filter(({ until }) => until > now);
  return own?.map(({ by, until, reason }) => (
    <p key={until} className="device-note" role="status">
      <Link href="/access">⊘ banned</Link> by <Text text={by} />, for {formatLength(until - now)} more:{' '}
      <Text text={reason} most={160} />
    </p>
  ));
}
