import {
  dryRunSchema,
  formatFilter,
  operationSchema,
  type DryRun,
  type Role,
} from '@tributary/protocol/admin-api';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api/client.ts';
import type { ApiError } from '../api/problem.ts';
import { formatCount, formatSpan } from '../format.ts';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { Field, isReason, ReasonField, TextField } from '../parts/field.tsx';
import { notices } from '../parts/notices.ts';
import { ErrorNote, Skeleton } from '../parts/states.tsx';
import { Text } from '../parts/text.tsx';
import { useRights } from '../session/session.ts';
import { useActionKeys } from './action-key.ts';
import { countIsTyped, needsTypedCount } from './bulk-rules.ts';

const paces = [5, 20, 100, 500] as const;

/**
 * Disconnects many: those of a filter, or those that were chosen. The server first says whom that would touch and freezes
 * the set, so that nobody else is touched than those that were shown.
 */
export function BulkDisconnect({
  q,
  ids,
  onClose,
}: {
  q: string;
  /** Chosen rows; empty: all of the filter. */
  ids: readonly string[];
  onClose: () => void;
}) {
  const filter =
    ids.length === 0 ? q : formatFilter([{ key: 'id', op: '=', values: [...ids], isNegated: false }]);
  const dryRun = useQuery<DryRun, ApiError>({
    queryKey: ['/actions/disconnect', 'dry-run', filter],
    queryFn: () => send('/actions/disconnect', dryRunSchema, { body: { q: filter, dryRun: true } }),
    staleTime: 0,
    gcTime: 0,
    refetchOnReconnect: false,
  });
  const [reason, setReason] = useState('');
  const [perSecond, setPerSecond] = useState<number>(20);
  const [typed, setTyped] = useState('');
  const keys = useActionKeys();
  const rights = useRights();
  const set = dryRun.data;
  const isAllowed = set !== undefined && rights.may(set.needs);
  const confirm = async (): Promise<void> => {
    if (set === undefined) return;
    const body = { set: set.set, reason: reason.trim(), perSecond, confirmCount: set.count };
    const operation = await send('/actions/disconnect', operationSchema, {
      body,
      idempotencyKey: keys.for(body),
    });
    notices.follow(operation.id);
  };
  return (
    <ConfirmDialog
      title="Disconnect many devices?"
      isOpen
      onClose={onClose}
      kind="danger"
      action={set === undefined ? 'Disconnect' : `Disconnect ${formatCount(set.count)}`}
      isReady={isAllowed && set.count > 0 && countIsTyped(set.count, typed) && isReason(reason)}
      onConfirm={confirm}
    >
      {dryRun.error !== null && (
        <ErrorNote
          what="Whom it would touch is not known:"
          error={dryRun.error}
          retry={() => void dryRun.refetch()}
        />
      )}
      {set === undefined && dryRun.error === null && <Skeleton heights={[60]} />}
      {set !== undefined && <Touched set={set} role={rights.role} />}
      {set !== undefined && needsTypedCount(set.count) && (
        <TextField
          label={`Type the number of devices, ${set.count}`}
          value={typed}
          onChange={setTyped}
          inputMode="numeric"
          autoComplete="off"
        />
      )}
      <Field
        label="Pace"
        hint={
          set === undefined
            ? undefined
            : `through in about ${formatSpan((set.count / perSecond) * 1000 + 1000)}`
        }
        render={(field) => (
          <select {...field} value={perSecond} onChange={(event) => setPerSecond(Number(event.target.value))}>
            {paces.map((pace) => (
              <option key={pace} value={pace}>
                {pace} a second
              </option>
            ))}
          </select>
        )}
      />
      <ReasonField value={reason} onChange={setReason} />
    </ConfirmDialog>
  );
}

function Touched({ set, role }: { set: DryRun; role: Role }) {
  return (
    <div className="touched" role="status">
      <p>
        <b>{formatCount(set.count)}</b> connected {set.count === 1 ? 'device' : 'devices'}, as they are now;
        who comes later is not touched.
      </p>
      <dl>
        <Counts title="By class" counts={set.byClass} />
        <Counts title="By node" counts={set.byNode} />
      </dl>
      {set.sample.length > 0 && (
        <p className="quiet">
          For example{' '}
          {set.sample.map((id, i) => (
            <span key={id}>
              {i > 0 && ', '}
              <Text text={id} most={32} className="id" />
            </span>
          ))}
        </p>
      )}
      {set.needs === 'admin' && role !== 'admin' && (
        <p className="trouble">More than 100 devices need the role admin; yours is {role}.</p>
      )}
    </div>
  );
}

function Counts({ title, counts }: { title: string; counts: Readonly<Record<string, number>> }) {
  const entries = Object.entries(counts).sort((a, b) => b[1] - a[1]);
  return (
    <>
      <dt>{title}</dt>
      <dd>
        {entries.slice(0, 6).map(([name, count], i) => (
          <span key={name}>
            {i > 0 && ' · '}
            <Text text={name} most={40} /> {formatCount(count)}
          </span>
        ))}
        {entries.length > 6 && ` · and ${entries.length - 6} more`}
      </dd>
    </>
  );
}
