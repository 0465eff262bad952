import {
  type BanDryRun,
  banDryRunSchema,
  operationSchema,
  parseBanTarget,
} from '@tributary/protocol/admin-api';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api/client.ts';
import type { ApiError } from '../api/problem.ts';
import { formatCount } from '../format.ts';
import { useServerNow } from '../live/context.ts';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { isReason, ReasonField, TextField } from '../parts/field.tsx';
import { notices } from '../parts/notices.ts';
import { Text } from '../parts/text.tsx';
import { useSettled } from '../parts/use-settled.ts';
import { DurationField } from './duration-field.tsx';
import { banDurations } from './durations.ts';

const typingMs = 300;

/** Asks before a client id, a user, an address or a prefix is banned, and says who that disconnects. */
export function BanDialog({ target: given, onClose }: { target?: string; onClose: () => void }) {
  const now = useServerNow();
  const [target, setTarget] = useState(given ?? '');
  const [reason, setReason] = useState('');
  const [lastsMs, setLastsMs] = useState(banDurations[1]!.ms);
  const isTarget = parseBanTarget(target) !== undefined;
  // Each look is a request, and letters come faster.
  const looked = useSettled(target, typingMs);
  const confirm = async (): Promise<void> => {
    // Each try is an action of its own: it ends at another time, and the same ban twice is one ban.
    const body = { target, reason: reason.trim(), until: now + lastsMs };
    const operation = await send('/bans', operationSchema, { body });
    notices.follow(operation.id);
  };
  return (
    <ConfirmDialog
      title="Ban"
      isOpen
      onClose={onClose}
      kind="danger"
      action="Ban"
      isReady={isTarget && isReason(reason)}
      onConfirm={confirm}
    >
      <TextField
        label="Who"
        value={target}
        onChange={setTarget}
        readOnly={given !== undefined}
        fault={
          target === '' || isTarget
            ? undefined
            : 'must be id:CLIENT, user:NAME, ip:ADDRESS or prefix:ADDRESS/BITS'
        }
        hint="id:pump-1, user:ann, ip:10.1.2.3 or prefix:10.1.2.0/24; at:10.1.2.3 user:ann is that user from there alone"
        autoComplete="off"
        required
      />
      {isTarget && <Touched target={looked === target ? target : undefined} until={now + lastsMs} />}
      <DurationField label="For" durations={banDurations} value={lastsMs} onChange={setLastsMs} />
      <ReasonField value={reason} onChange={setReason} />
    </ConfirmDialog>
  );
}

/** Who is connected and would be disconnected. */
function Touched({ target, until }: { target: string | undefined; until: number }) {
  const { data, error } = useQuery<BanDryRun, ApiError>({
    queryKey: ['/bans', 'dry-run', target],
    queryFn: () =>
      send('/bans', banDryRunSchema, { body: { target, reason: 'dry run', until, dryRun: true } }),
    enabled: target !== undefined,
  });
  if (error !== null) return <p className="trouble">Who that is could not be asked: {error.message}.</p>;
  if (data === undefined) return <p className="quiet">Looking who that is…</p>;
  if (data.connected === null) return <p className="quiet">Also disconnects the devices of that user.</p>;
  if (data.connected === 0) return <p className="quiet">Nobody of them is connected now.</p>;
  return (
    <p role="status">
      Also disconnects <b>{formatCount(data.connected)}</b> {data.connected === 1 ? 'device' : 'devices'}:{' '}
      {data.sample.slice(0, 5).map((id, i) => (
        <span key={id}>
          {i > 0 && ', '}
          <Text text={id} most={40} className="id" />
        </span>
      ))}
      {data.connected > Math.min(5, data.sample.length) && ' …'}
    </p>
  );
}
