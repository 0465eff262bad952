import { parseTarget, traceStartedSchema } from '@tributary/protocol/admin-api';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api/client.ts';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { TextField } from '../parts/field.tsx';
import { notices } from '../parts/notices.ts';
import { Text } from '../parts/text.tsx';
import { useRights } from '../session/session.ts';
import { useActionKeys } from './action-key.ts';
import { DurationField } from './duration-field.tsx';
import { traceDurations } from './durations.ts';

/** Asks how long a device, or whoever comes from an address, is to be traced, and whether with what it sends. */
export function StartTraceDialog({
  device,
  onClose,
  onStarted,
}: {
  /** Undefined: it is asked for. */
  device?: string;
  onClose: () => void;
  onStarted: (traceId: string) => void;
}) {
  const { canReadPayload } = useRights();
  const client = useQueryClient();
  const [target, setTarget] = useState('');
  const [lastsMs, setLastsMs] = useState(traceDurations[1]!.ms);
  const [payload, setPayload] = useState(false);
  const keys = useActionKeys();
  const confirm = async (): Promise<void> => {
    const whom = device === undefined ? { target } : { device };
    const body = { ...whom, payload, ttlSeconds: lastsMs / 1000 };
    const { trace, operation } = await send('/traces', traceStartedSchema, {
      ...{ body, idempotencyKey: keys.for(body) },
    });
    notices.follow(operation.id);
    void client.invalidateQueries({ queryKey: ['/traces'] });
    onStarted(trace.id);
  };
  return (
    <ConfirmDialog
      title={device === undefined ? 'Start a trace' : 'Trace this device'}
      isOpen
      onClose={onClose}
      action="Start"
      isReady={device !== undefined || parseTarget(target) !== undefined}
      onConfirm={confirm}
    >
      {device === undefined ? (
        <TargetField value={target} onChange={setTarget} />
      ) : (
        <p>
          Every packet from and to <Text text={device} className="id" />, at most 200 a second; it ends by
          itself.
        </p>
      )}
      <DurationField label="For" durations={traceDurations} value={lastsMs} onChange={setLastsMs} />
      <label className="check" data-tip={canReadPayload ? undefined : 'Needs the right payload:read'}>
        <input
          type="checkbox"
          checked={payload}
          disabled={!canReadPayload}
          onChange={(event) => setPayload(event.target.checked)}
        />
        With the first 1,024 bytes of each payload
      </label>
    </ConfirmDialog>
  );
}

function TargetField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const isTarget = parseTarget(value) !== undefined;
  return (
    <TextField
      label="Whom"
      value={value}
      onChange={onChange}
      fault={value === '' || isTarget ? undefined : 'must be id:CLIENT, ip:ADDRESS or prefix:ADDRESS/BITS'}
      hint="ip:10.1.2.3 or prefix:10.1.2.0/24: a sample of whoever comes from there, who is refused too; id:pump-1: that device alone"
      maxLength={1100}
      autoComplete="off"
      required
    />
  );
}
