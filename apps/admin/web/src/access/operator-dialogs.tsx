import {
  operatorMadeSchema,
  operatorNameSchema,
  type OperatorChange,
  type OperatorView,
  type Role,
} from '@tributary/protocol/admin-api';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api/client.ts';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { TextField } from '../parts/field.tsx';
import { RightsFields } from './rights-fields.tsx';

/** Where operators are, below `/api/v1`. */
export const operatorsPath = '/operators';
const operatorPath = (name: string): string => `${operatorsPath}/${encodeURIComponent(name)}`;

/** A password that was just made, to be shown once. */
export interface Told {
  readonly what: string;
  readonly password: string;
}

const whatRolesMay = 'viewer: looks · operator: disconnects, traces, acknowledges · admin: everything';

function useReload(): () => Promise<void> {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: [operatorsPath] });
}

export function NewOperator({ onClose, onTold }: { onClose: () => void; onTold: (told: Told) => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [canReadPayload, setPayload] = useState(false);
  const reload = useReload();
  const fault = operatorNameSchema.safeParse(name).error?.issues[0]?.message;
  const confirm = async (): Promise<void> => {
    const made = await send(operatorsPath, operatorMadeSchema, { body: { name, role, canReadPayload } });
    if (made.password !== undefined) onTold({ what: `The password of ${name}.`, password: made.password });
    await reload();
  };
  return (
    <ConfirmDialog
      title="Add an operator"
      isOpen
      onClose={onClose}
      action="Add"
      isReady={fault === undefined}
      onConfirm={confirm}
    >
      <TextField
        label="Name"
        value={name}
        onChange={setName}
        fault={name === '' ? undefined : fault}
        autoComplete="off"
        required
      />
      <RightsFields
        role={role}
        canReadPayload={canReadPayload}
        onRole={setRole}
        onPayload={setPayload}
        hint={whatRolesMay}
      />
      <p className="quiet">A password is made and shown once.</p>
    </ConfirmDialog>
  );
}

export function ChangeRights({ operator, onClose }: { operator: OperatorView; onClose: () => void }) {
  const [role, setRole] = useState<Role>(operator.role);
  const [canReadPayload, setPayload] = useState(operator.canReadPayload);
  const [isDisabled, setDisabled] = useState(operator.isDisabled);
  const reload = useReload();
  const confirm = async (): Promise<void> => {
    const body: OperatorChange = { role, canReadPayload, isDisabled };
    await send(operatorPath(operator.name), operatorMadeSchema, { method: 'PATCH', body });
    await reload();
  };
  return (
    <ConfirmDialog
      title={`Rights of ${operator.name}`}
      isOpen
      onClose={onClose}
      action="Change"
      onConfirm={confirm}
    >
      <RightsFields
        role={role}
        canReadPayload={canReadPayload}
        onRole={setRole}
        onPayload={setPayload}
        hint={whatRolesMay}
      />
      <label className="check">
        <input type="checkbox" checked={isDisabled} onChange={(event) => setDisabled(event.target.checked)} />
        Disabled: may not sign in
      </label>
    </ConfirmDialog>
  );
}

export function NewPassword({
  operator,
  onClose,
  onTold,
}: {
  operator: OperatorView;
  onClose: () => void;
  onTold: (told: Told) => void;
}) {
  const confirm = async (): Promise<void> => {
    const body: OperatorChange = { password: null };
    const made = await send(operatorPath(operator.name), operatorMadeSchema, { method: 'PATCH', body });
    if (made.password !== undefined)
      onTold({ what: `The new password of ${operator.name}.`, password: made.password });
  };
  return (
    <ConfirmDialog
      title={`A new password for ${operator.name}`}
      isOpen
      onClose={onClose}
      action="Make a new password"
      onConfirm={confirm}
    >
      <p>The old one is worth nothing from then on, and {operator.name} is signed out everywhere.</p>
    </ConfirmDialog>
  );
}

export function RemoveOperator({ operator, onClose }: { operator: OperatorView; onClose: () => void }) {
  const reload = useReload();
  const confirm = async (): Promise<void> => {
    await send(operatorPath(operator.name), undefined, { method: 'DELETE' });
    await reload();
  };
  return (
    <ConfirmDialog
      title={`Remove ${operator.name}?`}
      isOpen
      onClose={onClose}
      kind="danger"
      action={`Remove ${operator.name}`}
      onConfirm={confirm}
    >
      <p>Their sessions and tokens end. What they did stays in the audit.</p>
    </ConfirmDialog>
  );
}
