import { traceStartedSchema } from '@tributary/protocol/admin-api';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { newKey, send } from '../api/client.ts';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { notices } from '../parts/notices.ts';
import { Text } from '../parts/text.tsx';
import { useRights } from '../session/session.ts';
import { DurationField } from './duration-field.tsx';
import { traceDurations } from './durations.ts';

/** Asks how long a device is to be traced, and whether with what it sends. */
export function StartTraceDialog({
  device,
  onClose,
  onStarted,
}: {
  device: string;
  onClose: () => void;
  onStarted: (traceId: string) => void;
}) {
  const { canReadPayload } = useRights();
  const client = useQueryClient();
  const [lastsMs, setLastsMs] = useState(traceDurations[1]!.ms);
  const [payload, setPayload] = useState(false);
  const [idempotencyKey] = useState(newKey);
  const confirm = async (): Promise<void> => {
    const body = { device, payload, ttlSeconds: lastsMs / 1000 };
    const { trace, operation } = await send('/traces', traceStartedSchema, { body, idempotencyKey });
    notices.follow(operation.id);
    void client.invalidateQueries({ queryKey: ['/traces'] });
    onStarted(trace.id);
  };
  return (
    <ConfirmDialog title="Trace this device" isOpen onClose={onClose} action="Start" onConfirm={confirm}>
      <p>
        Every packet from and to <Text text={device} className="id" />, at most 200 a second; it ends by
        itself.
      </p>
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
