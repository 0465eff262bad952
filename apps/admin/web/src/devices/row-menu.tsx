import { Ban, Copy, ExternalLink, Network, Radio, Unplug } from 'lucide-react';
import type { ReactElement } from 'react';
import { useLocation } from 'wouter';
import { filterPath, hostOf } from '../device/device-words.ts';
import { useLive } from '../live/context.ts';
import { copyText } from '../parts/copy-text.ts';
import { Menu, type MenuItem } from '../parts/menu.tsx';
import { notices } from '../parts/notices.ts';
import { devicePath } from '../parts/text.tsx';
import { useRights } from '../session/session.ts';
import { openDeviceDialog } from './device-dialogs.ts';

/** What can be done about one device of the list. */
export default function RowMenu({
  id,
  trigger,
  onClose,
}: {
  id: string;
  trigger: ReactElement;
  onClose: () => void;
}) {
  const [, navigate] = useLocation();
  const { store } = useLive();
  const { may } = useRights();
  const row = store.row(id);
  const needs = (role: 'operator' | 'admin'): { refusal: string | undefined } => ({
    refusal: may(role) ? undefined : `needs ${role}`,
  });
  const address = hostOf(row?.address ?? '');
  const copy = (): void => {
    void copyText(id).then((done) =>
      notices.say(
        done
          ? { kind: 'done', text: 'The id is copied.' }
          : { kind: 'trouble', text: 'The browser refused to copy.' },
      ),
    );
  };
  const neighbours: MenuItem = {
    key: 'neighbours',
    label: 'Others at this address',
    icon: <Network size={15} aria-hidden="true" />,
    onChoose: () => navigate(filterPath('ip', address)),
  };
  return (
    <Menu
      trigger={trigger}
      defaultOpen
      onClose={onClose}
      items={[
        {
          key: 'open',
          label: 'Open',
          icon: <ExternalLink size={15} aria-hidden="true" />,
          onChoose: () => navigate(devicePath(id)),
        },
        { key: 'copy', label: 'Copy id', icon: <Copy size={15} aria-hidden="true" />, onChoose: copy },
        ...(address === '' ? [] : [neighbours]),
        'separator',
        {
          key: 'trace',
          label: 'Trace…',
          icon: <Radio size={15} aria-hidden="true" />,
          onChoose: () => openDeviceDialog({ kind: 'trace', id }),
          ...needs('operator'),
        },
        {
          key: 'disconnect',
          label: 'Disconnect…',
          icon: <Unplug size={15} aria-hidden="true" />,
          onChoose: () => openDeviceDialog({ kind: 'disconnect', id }),
          isDanger: true,
          ...needs('operator'),
        },
        {
          key: 'ban',
          label: 'Ban…',
          icon: <Ban size={15} aria-hidden="true" />,
          onChoose: () => openDeviceDialog({ kind: 'ban', id }),
          isDanger: true,
          ...needs('admin'),
        },
      ]}
    />
  );
}
