import { lazy, Suspense, useEffect, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { useLive } from '../live/context.ts';
import { openDeviceDialog, useDeviceDialog, type DeviceDialog } from './device-dialogs.ts';

const DisconnectDialog = lazy(async () => ({
  default: (await import('../actions/disconnect-dialog.tsx')).DisconnectDialog,
}));
const BulkDisconnect = lazy(async () => ({
  default: (await import('../actions/bulk-disconnect.tsx')).BulkDisconnect,
}));
const BanDialog = lazy(async () => ({ default: (await import('../actions/ban-dialog.tsx')).BanDialog }));
const StartTraceDialog = lazy(async () => ({
  default: (await import('../actions/start-trace.tsx')).StartTraceDialog,
}));

/** Where the dialogs about devices of the list appear; they are loaded with their first use. */
export function DeviceDialogSlot() {
  const dialog = useDeviceDialog();
  useEffect(() => () => openDeviceDialog(undefined), []);
  if (dialog === undefined) return null;
  return (
    <Suspense fallback={null}>
      <Shown dialog={dialog} onClose={() => openDeviceDialog(undefined)} />
    </Suspense>
  );
}

function Shown({ dialog, onClose }: { dialog: DeviceDialog; onClose: () => void }): ReactNode {
  const { store } = useLive();
  const [, navigate] = useLocation();
  switch (dialog.kind) {
    case 'disconnect-many':
      return <BulkDisconnect q={dialog.q} ids={dialog.ids} onClose={onClose} />;
    case 'ban':
      return <BanDialog target={`id:${dialog.id}`} onClose={onClose} />;
    case 'trace':
      return (
        <StartTraceDialog
          device={dialog.id}
          onClose={onClose}
          onStarted={(id) => navigate(`/traces/${id}`)}
        />
      );
    case 'disconnect': {
      const row = store.row(dialog.id);
      return <DisconnectDialog device={row ?? { id: dialog.id }} onClose={onClose} />;
    }
  }
}
