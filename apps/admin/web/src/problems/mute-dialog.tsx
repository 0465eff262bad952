import type { Alarm } from '@tributary/protocol/admin-api';
import { useState } from 'react';
import { DurationField } from '../actions/duration-field.tsx';
import { muteDurations } from '../actions/durations.ts';
import { send } from '../api/client.ts';
import { useServerNow } from '../live/context.ts';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { isReason, ReasonField } from '../parts/field.tsx';
import { Text } from '../parts/text.tsx';
import { alarmPath } from './alarm-path.ts';

/** Silences an alarm until a moment; it goes on being watched. */
export function MuteDialog({ alarm, onClose }: { alarm: Alarm; onClose: () => void }) {
  const now = useServerNow();
  const [lastsMs, setLastsMs] = useState(muteDurations[0]!.ms);
  const [reason, setReason] = useState('');
  const confirm = async (): Promise<void> => {
    const body = { until: now + lastsMs, reason: reason.trim() };
    await send(alarmPath(alarm, 'mute'), undefined, { body });
  };
  return (
    <ConfirmDialog
      title="Mute this alarm?"
      isOpen
      onClose={onClose}
      action="Mute"
      isReady={isReason(reason)}
      onConfirm={confirm}
    >
      <p>
        <Text text={alarm.text} most={300} />
      </p>
      <DurationField label="For" durations={muteDurations} value={lastsMs} onChange={setLastsMs} />
      <ReasonField value={reason} onChange={setReason} />
    </ConfirmDialog>
  );
}
