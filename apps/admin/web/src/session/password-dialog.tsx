import { newPasswordSchema, sessionSchema } from '@tributary/protocol/admin-api';
import { useState } from 'react';
import { send } from '../api/client.ts';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { TextField } from '../parts/field.tsx';
import { closeLayer } from '../parts/layers.ts';
import { notices } from '../parts/notices.ts';
import { useSession, useTakeSession } from './session.ts';

/** One's own password. All other sessions of this operator end. */
export default function PasswordDialog() {
  const { name } = useSession();
  const take = useTakeSession();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const fault = newPasswordSchema.safeParse(next).error?.issues[0]?.message;
  const isSame = next === again;
  return (
    <ConfirmDialog
      title="Change your password"
      isOpen
      onClose={closeLayer}
      action="Change password"
      isReady={current !== '' && fault === undefined && isSame}
      onConfirm={async () => {
        take(await send('/session/password', sessionSchema, { body: { current, next } }));
        notices.say({ kind: 'done', text: 'Your password is changed; your other sessions have ended.' });
      }}
    >
      <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
      <TextField
        label="Present password"
        type="password"
        autoComplete="current-password"
        value={current}
        onChange={setCurrent}
      />
      <TextField
        label="New password"
        type="password"
        autoComplete="new-password"
        hint="At least 12 characters"
        fault={next === '' ? undefined : fault}
        value={next}
        onChange={setNext}
      />
      <TextField
        label="New password again"
        type="password"
        autoComplete="new-password"
        fault={again === '' || isSame ? undefined : 'is not the same'}
        value={again}
        onChange={setAgain}
      />
    </ConfirmDialog>
  );
}
