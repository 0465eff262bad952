import {
  operatorListSchema,
  operatorMadeSchema,
  operatorNameSchema,
  roles,
  type OperatorChange,
  type OperatorView,
  type Role,
} from '@tributary/protocol/admin-api';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api/client.ts';
import { useApi } from '../api/query.ts';
import { Moment } from '../parts/age.tsx';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { Field, TextField } from '../parts/field.tsx';
import { Panel } from '../parts/panel.tsx';
import { PlainTable } from '../parts/plain-table.tsx';
import { Answer } from '../parts/states.tsx';
import { useSession } from '../session/session.ts';
import { Secret } from './secret.tsx';

const path = '/operators';
const operatorPath = (name: string): string => `${path}/${encodeURIComponent(name)}`;

type Told = { what: string; password: string };
type Asked = { kind: 'new' } | { kind: 'change' | 'password' | 'remove'; operator: OperatorView };

/** Those who may sign in. Only an admin sees this. */
export function OperatorsPanel() {
  const query = useApi(path, operatorListSchema);
  const [asked, setAsked] = useState<Asked>();
  const [told, setTold] = useState<Told>();
  const close = (): void => setAsked(undefined);
  const add = (
    <button type="button" className="primary" onClick={() => setAsked({ kind: 'new' })}>
      Add an operator
    </button>
  );
  return (
    <Panel title="Operators" note="Any change ends the sessions of that operator" actions={add}>
      {told !== undefined && (
        <Secret what={told.what} text={told.password} onClose={() => setTold(undefined)} />
      )}
      <Answer query={query} what="The operators could not be read:" skeleton={[36, 36]}>
        {({ items }) => <OperatorTable items={items} onAsk={setAsked} />}
      </Answer>
      {asked?.kind === 'new' && <NewOperator onClose={close} onTold={setTold} />}
      {asked?.kind === 'change' && <ChangeRights operator={asked.operator} onClose={close} />}
      {asked?.kind === 'password' && (
        <NewPassword operator={asked.operator} onClose={close} onTold={setTold} />
      )}
      {asked?.kind === 'remove' && <Remove operator={asked.operator} onClose={close} />}
    </Panel>
  );
}

function OperatorTable({ items, onAsk }: { items: readonly OperatorView[]; onAsk: (asked: Asked) => void }) {
  const { name: own } = useSession();
  return (
    <PlainTable
      heads={['Name', 'Role', 'Reads payloads', 'State', 'Password of', 'Added', { hidden: 'Actions' }]}
      region="Operators"
    >
      {items.map((operator) => (
        <tr key={operator.name}>
          <td>
            <b>{operator.name}</b>
            {operator.name === own && <small> you</small>}
          </td>
          <td>{operator.role}</td>
          <td>{operator.canReadPayload ? 'yes' : 'no'}</td>
          <td>
            {operator.isDisabled ? '⊘ disabled' : operator.hasFirstPassword ? 'password as given' : 'active'}
          </td>
          <td>
            <Moment at={operator.passwordChangedAt} />
          </td>
          <td>
            <Moment at={operator.createdAt} /> <small className="quiet">by {operator.createdBy}</small>
          </td>
          <td className="row-actions">
            <button type="button" onClick={() => onAsk({ kind: 'change', operator })}>
              Rights
            </button>
            <button type="button" onClick={() => onAsk({ kind: 'password', operator })}>
              New password
            </button>
            <button type="button" className="danger" onClick={() => onAsk({ kind: 'remove', operator })}>
              Remove
            </button>
          </td>
        </tr>
      ))}
    </PlainTable>
  );
}

function RightsFields({
  role,
  canReadPayload,
  onRole,
  onPayload,
}: {
  role: Role;
  canReadPayload: boolean;
  onRole: (role: Role) => void;
  onPayload: (may: boolean) => void;
}) {
  return (
    <>
      <Field
        label="Role"
        hint="viewer: looks · operator: disconnects, traces, acknowledges · admin: everything"
        render={(ids) => (
          <select {...ids} value={role} onChange={(event) => onRole(event.target.value as Role)}>
            {roles.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        )}
      />
      <label className="check">
        <input
          type="checkbox"
          checked={canReadPayload}
          onChange={(event) => onPayload(event.target.checked)}
        />
        May see what devices send (payload:read)
      </label>
    </>
  );
}

function useReload(): () => Promise<void> {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: [path] });
}

function NewOperator({ onClose, onTold }: { onClose: () => void; onTold: (told: Told) => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [canReadPayload, setPayload] = useState(false);
  const reload = useReload();
  const fault = operatorNameSchema.safeParse(name).error?.issues[0]?.message;
  const confirm = async (): Promise<void> => {
    const made = await send(path, operatorMadeSchema, { body: { name, role, canReadPayload } });
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
      <RightsFields role={role} canReadPayload={canReadPayload} onRole={setRole} onPayload={setPayload} />
      <p className="quiet">A password is made and shown once.</p>
    </ConfirmDialog>
  );
}

function ChangeRights({ operator, onClose }: { operator: OperatorView; onClose: () => void }) {
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
      <RightsFields role={role} canReadPayload={canReadPayload} onRole={setRole} onPayload={setPayload} />
      <label className="check">
        <input type="checkbox" checked={isDisabled} onChange={(event) => setDisabled(event.target.checked)} />
        Disabled: may not sign in
      </label>
    </ConfirmDialog>
  );
}

function NewPassword({
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

function Remove({ operator, onClose }: { operator: OperatorView; onClose: () => void }) {
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
