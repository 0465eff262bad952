import { KeyRound, LogOut, Settings2 } from 'lucide-react';
import type { ReactElement } from 'react';
import { openLayer } from '../parts/layers.ts';
import { Menu } from '../parts/menu.tsx';
import { notices } from '../parts/notices.ts';
import { useSession, useSignOut } from './session.ts';

/** What the operator can do about themselves. */
export default function OperatorMenu({ trigger }: { trigger: ReactElement }) {
  const { via } = useSession();
  const signOut = useSignOut();
  const leave = (): void => {
    signOut().catch((error: Error) =>
      notices.say({ kind: 'trouble', text: `You are still signed in: ${error.message}` }),
    );
  };
  return (
    <Menu
      trigger={trigger}
      defaultOpen
      items={[
        {
          key: 'settings',
          label: 'Keys and settings',
          icon: <Settings2 size={15} aria-hidden="true" />,
          onChoose: () => openLayer('keys'),
        },
        {
          key: 'password',
          label: 'Change password',
          icon: <KeyRound size={15} aria-hidden="true" />,
          onChoose: () => openLayer('password'),
          refusal: via === 'token' ? 'not with a token' : undefined,
        },
        'separator',
        {
          key: 'sign-out',
          label: 'Sign out',
          icon: <LogOut size={15} aria-hidden="true" />,
          onChoose: leave,
        },
      ]}
    />
  );
}
