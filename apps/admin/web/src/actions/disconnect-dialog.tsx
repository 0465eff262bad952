import { operationSchema, type DeviceRow } from '@tributary/protocol/admin-api';
import { useState } from 'react';
import { send } from '../api/client.ts';
import { formatCount } from '../format.ts';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { isReason, ReasonField } from '../parts/field.tsx';
import { notices } from '../parts/notices.ts';
import { Text } from '../parts/text.tsx';
import { useActionKeys } from './action-key.ts';

/** Asks before one device is disconnected: who it is, of what class, and what waits for it. */
export function DisconnectDialog({
  device,
  onClose,
}: {
  /** With its id alone: nothing else is known of it, its record expired. */
  device: Pick<DeviceRow, 'id'> & Partial<Pick<DeviceRow, 'class' | 'backlog'>>;
  onClose: () => void;
}) {
  const [reason, setReason] = useState('');
  const keys = useActionKeys();
  const confirm = async (): Promise<void> => {
    const body = { device: device.id, reason: reason.trim() };
    const operation = await send('/actions/disconnect', operationSchema, {
      body,
      idempotencyKey: keys.for(body),
    });
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
        <Text text={device.id} className="id" />
        {device.class !== undefined && (
          <>
            , class <b>{device.class}</b>
          </>
        )}
        {device.backlog !== undefined && `, ${waitingWords(device.backlog)}`}. It may come back at once; its
        session and what waits for it are kept.
      </p>
      <ReasonField value={reason} onChange={setReason} />
    </ConfirmDialog>
  );
}

function waitingWords(messages: number): string {
  if (messages === 0) return 'nothing waits for it';
  return messages === 1 ? 'a message waits for it' : `${formatCount(messages)} messages wait for it`;
}
