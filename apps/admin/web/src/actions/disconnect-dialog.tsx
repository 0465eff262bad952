import { operationSchema, type DeviceRow } from '@tributary/protocol/admin-api';
import { useState } from 'react';
import { newKey, send } from '../api/client.ts';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { isReason, ReasonField } from '../parts/field.tsx';
import { notices } from '../parts/notices.ts';
import { Text } from '../parts/text.tsx';

/** Asks before one device is disconnected: who it is, of what class, and what waits for it. */
export function DisconnectDialog({
  device,
  onClose,
}: {
  device: Pick<DeviceRow, 'id' | 'class' | 'backlog'>;
  onClose: () => void;
}) {
  const [reason, setReason] = useState('');
  const [idempotencyKey] = useState(newKey);
  const confirm = async (): Promise<void> => {
    const body = { device: device.id, reason: reason.trim() };
    const operation = await send('/actions/disconnect', operationSchema, { body, idempotencyKey });
    notices.follow(operation.id);
  };
  return (
    <ConfirmDialog
      title="Disconnect this device?"
      isOpen
      onClose={onClose}
      kind="danger"
      action="Disconnect"
      isReady={isReason(reason)}
      onConfirm={confirm}
    >
      <p>
        <Text text={device.id} className="id" />, class <b>{device.class}</b>,{' '}
        {device.backlog === 0 ? 'nothing waits for it' : `${device.backlog} messages wait for it`}. It may
        come back at once; its session and what waits for it are kept.
      </p>
      <ReasonField value={reason} onChange={setReason} />
    </ConfirmDialog>
  );
}
