import type { DeviceDetail } from '@tributary/protocol/admin-api';
import { Activity, Ban, Ellipsis, PowerOff, Send, Unplug } from 'lucide-react';
import { useState } from 'react';
import { BanDialog } from '../actions/ban-dialog.tsx';
import { DisableDevice } from '../actions/credential-dialogs.tsx';
import { DisconnectDialog } from '../actions/disconnect-dialog.tsx';
import { StartTraceDialog } from '../actions/start-trace.tsx';
import { Menu } from '../parts/menu.tsx';
import { useSetParams } from '../range/params.ts';
import { Needs } from '../session/needs.tsx';
import { useRights } from '../session/session.ts';

type Asked = 'disconnect' | 'ban' | 'disable' | 'trace';

/** What an operator can do to the device. */
export function DeviceActions({ device }: { device: DeviceDetail }) {
  const rights = useRights();
  const setParams = useSetParams();
  const [asked, setAsked] = useState<Asked>();
  const close = (): void => setAsked(undefined);
  const needs = (role: 'operator' | 'admin'): string | undefined =>
    rights.may(role) ? undefined : `Needs the role ${role}`;
  return (
    <>
      <Needs role="operator">
        <button type="button" onClick={() => setAsked('trace')}>
          <Activity size={15} aria-hidden="true" /> Trace
        </button>
      </Needs>
      <Needs role="operator">
        <button type="button" onClick={() => setAsked('disconnect')}>
          <Unplug size={15} aria-hidden="true" /> Disconnect
        </button>
      </Needs>
      <Menu
        trigger={
          <button type="button" className="icon-button" aria-label="More actions">
            <Ellipsis size={16} aria-hidden="true" />
          </button>
        }
        items={[
          {
            key: 'ban',
            label: 'Ban…',
            icon: <Ban size={15} aria-hidden="true" />,
            isDanger: true,
            onChoose: () => setAsked('ban'),
            refusal: needs('admin'),
          },
          {
            key: 'disable',
            label: 'Disable…',
            icon: <PowerOff size={15} aria-hidden="true" />,
            isDanger: true,
            onChoose: () => setAsked('disable'),
            refusal: needs('admin'),
          },
          {
            key: 'command',
            label: 'Send a command…',
            icon: <Send size={15} aria-hidden="true" />,
            onChoose: () => undefined,
            refusal: 'Not in this version',
          },
        ]}
      />
      {asked === 'disconnect' && <DisconnectDialog device={device} onClose={close} />}
      {asked === 'ban' && <BanDialog target={`id:${device.id}`} onClose={close} />}
      {asked === 'disable' && <DisableDevice device={device.id} onClose={close} />}
      {asked === 'trace' && (
        <StartTraceDialog
          device={device.id}
          onClose={close}
          onStarted={(trace) => setParams({ tab: 'trace', trace })}
        />
      )}
    </>
  );
}
